/**
 * Builds what the Python package ships.
 *
 *   node build.mjs [--out DIR]     static/panel.js, static/panel.css and labextension/ in DIR
 *                                  (default: ../threadbook_panel)
 *   node build.mjs --tests DIR     only the tests: modules that `node --test` runs, a script for browsers
 *
 * The same sources give the same bytes, so that a rebuild can be compared with what is committed.
 */
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

const { values } = parseArgs({
  options: { out: { type: 'string' }, tests: { type: 'string' } },
});

function run(script, args) {
  execFileSync(process.execPath, [script, ...args], { cwd: here, stdio: ['ignore', 2, 2] });
}

const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');

const bundle = {
  absWorkingDir: here,
  bundle: true,
  charset: 'utf8',
  format: 'esm',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'eof',
  logLevel: 'warning',
  target: 'es2022',
  write: true,
};

/** The view of the notebook widget: one module and one style sheet. Lines are short, for diffs. */
async function buildWidget(out) {
  const options = { ...bundle, minify: true, lineLimit: 160, metafile: true };
  const built = await build({ ...options, entryPoints: ['src/widget.ts'], outfile: join(out, 'panel.js') });
  await writeFile(join(out, 'licenses.txt'), await licensesOf(Object.keys(built.metafile.inputs)));
  await buildStyle(join(out, 'panel.css'));
}

/** The licenses of the packages that these files come from; they ask to be handed on with the code. */
async function licensesOf(files) {
  const names = files.map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]);
  const texts = [...new Set(names.filter(Boolean))].sort().map(async (name) => {
    const folder = join(here, 'node_modules', name);
    const { version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    return `${name} ${version}: ${license}\n\n${await readFile(join(folder, file), 'utf8')}`;
  });
  return (await Promise.all(texts)).join(`\n${'='.repeat(72)}\n\n`);
}

async function buildStyle(outfile) {
  await build({ ...bundle, entryPoints: ['src/style.css'], outfile });
}

/** The JupyterLab extension, from a package of its own so that nothing is left beside the sources. */
async function buildExtension(out) {
  const folder = join(here, 'build', 'extension');
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'style'), { recursive: true });
  run(tsc, ['--outDir', join(folder, 'lib')]);
  await buildStyle(join(folder, 'style', 'index.css'));
  const description = JSON.parse(await readFile(join(here, 'package.json'), 'utf8'));
  description.jupyterlab.outputDir = 'labextension';
  // Bundled, not shared with other extensions, which may bring other versions of the same libraries.
  description.dependencies = {};
  delete description.scripts;
  delete description.devDependencies;
  delete description.overrides; // Of the builder's bundler: to a version that has all its platforms.
  // Otherwise the number of a module depends on the folder that it is built in.
  description.jupyterlab.webpackConfig = 'webpack.config.js';
  await writeFile(join(folder, 'webpack.config.js'), "module.exports = { optimization: { moduleIds: 'named' } };\n");
  await writeFile(join(folder, 'package.json'), JSON.stringify(description, null, 2));
  const builder = join(dirname(require.resolve('@jupyter/builder/package.json')), 'lib', 'build-labextension.js');
  const core = join(dirname(require.resolve('@jupyterlab/core-meta/package.json')), 'core.package.json');
  run(builder, ['--core-package-file', core, folder]);
  await rm(out, { recursive: true, force: true });
  await cp(join(folder, 'labextension'), out, { recursive: true });
}

/** The unit tests, and what a browser's tests load into an empty page. */
async function buildTests(out) {
  const names = (await readdir(join(here, 'test'))).filter((name) => /\.test\.tsx?$/.test(name));
  await rm(out, { recursive: true, force: true });
  await build({
    ...bundle,
    entryPoints: names.map((name) => join('test', name)),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    platform: 'node',
  });
  const browser = { ...bundle, format: 'iife', globalName: 'parts' };
  await build({ ...browser, entryPoints: ['test/browser.tsx'], outfile: join(out, 'browser.js') });
}

if (values.tests !== undefined) {
  await buildTests(resolve(values.tests));
} else {
  const out = resolve(values.out ?? join(here, '..', 'threadbook_panel'));
  await buildWidget(join(out, 'static'));
  await buildExtension(join(out, 'labextension'));
}
