/** The JupyterLab extension. */

export { plugin as default } from './lab/plugin';
