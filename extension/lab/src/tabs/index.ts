/** The tabs beside the timeline, in their order, and the banner above all of them. */

import type { Tab } from '../tab';
import { ArtifactsTab } from './artifacts';
import { DecisionsTab } from './decisions';
import { HealthTab } from './health';
import { ThreadsTab } from './threads';
import { TrustTab } from './trust';
import { WorkflowsTab } from './workflows';

export { Banner } from './banner';

export const tabs: readonly Tab[] = [
  { id: 'threads', label: 'Threads', view: ThreadsTab },
  { id: 'decisions', label: 'Decisions', view: DecisionsTab },
  { id: 'trust', label: 'Trust', view: TrustTab },
  { id: 'artifacts', label: 'Artifacts', view: ArtifactsTab },
  { id: 'workflows', label: 'Workflows', view: WorkflowsTab },
  { id: 'health', label: 'Health', view: HealthTab },
];
