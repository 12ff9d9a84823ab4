/** The JupyterLab extension. */

import { frames, plugin } from './lab/plugin';

export default [plugin, frames];
