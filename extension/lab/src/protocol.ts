/**
 * What the panel asks and is told. The Python side is threadbook_panel/feed.py; the same messages
 * travel over HTTP (JupyterLab's sidebar) and over comms (the widget in a notebook).
 *
 * All text that comes from a record is untrusted. Times are Unix milliseconds.
 */

export type RowType =
  | 'goal' | 'outcome' | 'session' | 'cell' | 'output' | 'tool' | 'artifact' | 'workflow'
  | 'step' | 'model' | 'decision' | 'verdict' | 'checkpoint' | 'deps' | 'task' | 'note'
  | 'correction' | 'record';

/** `running` has begun and not ended, `waiting` is a question without an answer. */
export type RowStatus =
  | 'running' | 'waiting' | 'ok' | 'error' | 'interrupted' | 'timeout' | 'limit' | 'aborted'
  | 'refused' | 'died' | 'cancelled' | 'discarded' | 'approved' | 'rejected' | 'expired'
  | 'withdrawn' | 'accepted' | 'open' | 'none';

/** One thing that happened: a record, or the pair of its start and its end. */
export interface Row {
  /** Position in the thread's timeline, from 0. It never changes. */
  index: number;
  /** The record that opened it, and the one that closed it. */
  id: string;
  end: string | null;
  seq: number;
  type: RowType;
  kind: string;
  act: string;
  /** One line each, at most 200 characters; `detail` is what came of it: the error, the reason. */
  title: string;
  detail: string;
  actor: string;
  /** Whether the signature of a key covers it; a static identity signs nothing. */
  is_signed: boolean;
  at: number;
  duration_ms: number | null;
  status: RowStatus;
  /** How deep it is nested, and under which row (an index). */
  depth: number;
  parent: number | null;
  /** Of cells: nbformat's cell id, `In [n]`, and the sandbox tier. */
  cell_id: string | null;
  execution_count: number | null;
  sandbox: string | null;
}

/** Empty lists and texts match everything. Text is matched in title, detail, actor and kind. */
export interface RowFilter {
  types?: RowType[];
  actors?: string[];
  statuses?: RowStatus[];
  text?: string;
  /** 0 leaves only what nothing else contains: cells without their calls. */
  max_depth?: number | null;
}

export interface RowsPage {
  thread: string;
  /** Rows in the thread, and rows of it that match the filter. */
  total: number;
  matched: number;
  /** Place of the first of `rows` among those that match. */
  offset: number;
  rows: Row[];
  /** What there is to filter by, in the whole thread. */
  types: RowType[];
  actors: string[];
  statuses: RowStatus[];
}

export interface ThreadEntry {
  thread: string;
  goal: string;
  status: string;
  opened_by: string;
  record_count: number;
  last_recorded_at: number;
  /** Threads that came out of this one, and those it came out of. */
  children: string[];
  parents: string[];
  /** Decisions that wait on it. */
  waiting: number;
  fanout_status: string | null;
}

export interface ThreadsPage {
  threads: ThreadEntry[];
  /** Pass as `before` for the next page; null at the end. */
  next: number | null;
}

/** An nbformat output. */
export interface Output {
  output_type: 'stream' | 'display_data' | 'execute_result' | 'error';
  name?: string;
  text?: string | string[];
  data?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  ename?: string;
  evalue?: string;
  traceback?: string[];
  execution_count?: number | null;
}

export interface BlobLink {
  blob: string;
  size: number;
  media_type: string;
}

export interface Link {
  id: string;
  kind: string;
  title: string;
  thread: string;
  /** Row of it in its timeline, null where it has none of its own. */
  index: number | null;
}

export interface Proof {
  /** `verified`: the signature holds; `unsigned`: a static identity; `invalid`: it does not hold. */
  signature: 'verified' | 'unsigned' | 'invalid';
  /** Whether the id is the SHA-256 of the stored bytes. */
  id_holds: boolean;
  /** The newest signed checkpoint that covers the record, null where there is none. */
  checkpoint: { id: string; size: number; at: number; actor: string } | null;
}

/** Everything there is to see of one row. */
export interface RecordDetail {
  row: Row | null;
  id: string;
  end: string | null;
  thread: string;
  actor: string;
  act: string;
  kind: string;
  clock: number;
  seq: number;
  at: number;
  /** The bodies as recorded; blobs in them are not resolved. */
  body: Record<string, unknown>;
  end_body: Record<string, unknown> | null;
  /** Code of a cell, source of a workflow; `code_is_cut` where only the beginning is here. */
  code: string | null;
  code_is_cut: boolean;
  outputs: Output[];
  outputs_are_cut: boolean;
  /** `line` counts from 1 within `code`. */
  error: { name: string; value: string; line: number | null } | null;
  arguments: Record<string, unknown> | null;
  result: unknown;
  artifacts: ArtifactEntry[];
  parents: Link[];
  children: Link[];
  proof: Proof;
  /** A verdict on it that counts, by whom, newest first. */
  verdicts: { id: string; verdict: 'accept' | 'reject'; actor: string; reason: string; at: number; domain: string }[];
}

export interface TrustEntry {
  actor: string;
  domain: string;
  /** Lower bound of the Wilson interval, its upper bound, and the plain share, 0 to 1. */
  score: number;
  upper: number;
  share: number;
  zone: string;
  accepted: number;
  rejected: number;
  judges: number;
  /** The score after each verdict, oldest first, at most 100 points. */
  trend: { at: number; score: number }[];
  /** What changed it last. */
  last: { id: string; verdict: 'accept' | 'reject'; judge: string; reason: string; at: number; judges: string; thread: string } | null;
}

/** Of lists that may be long, `total` is how many entries there are; not all of them may be here. */
export interface TrustPage { total?: number; standings: TrustEntry[] }

export interface DecisionEntry {
  id: string;
  thread: string;
  status: 'pending' | 'answered' | 'expired' | 'withdrawn';
  question: string;
  requester: string;
  at: number;
  expires_at: number | null;
  blocking: boolean;
  options: string[];
  /** Why this panel's person cannot answer; null where they can. */
  refusal: string | null;
  /** Of a tool call; null for other questions. */
  call: ToolCallRequest | null;
  answer: { id: string; actor: string; decision: string; reason: string; at: number; is_approval: boolean } | null;
}

export interface ToolCallRequest {
  tool: string;
  callable: string;
  adapter: string;
  effect: string;
  domain: string;
  definition: string;
  /** The definition of this callable at its last approved or finished call; null at the first. */
  previous_definition: string | null;
  definition_changed: boolean;
  /** What differs from the definition before, a line each: names of fields, old and new text. */
  definition_changes: string[];
  actor: string;
  cell: string | null;
  cwd: string;
  environment: string[];
  risk: string;
  rule: string;
  reason: string;
  trust: number | null;
  min_trust: number | null;
  /** The command, URL or call that will happen, whole. */
  what: string;
  arguments: Record<string, unknown>;
}

export interface DecisionsPage {
  pending: number;
  total?: number;
  decisions: DecisionEntry[];
}

/** An answer. `until` goes with approve_until, `arguments` with approve. */
export interface AnswerParams {
  id: string;
  decision: string;
  reason?: string;
  until?: number | null;
  arguments?: Record<string, unknown> | null;
  matching?: Record<string, string> | null;
}

export interface JudgeParams {
  /** The record judged; a thread is judged by its newest outcome, or else its goal. */
  judges?: string;
  thread?: string;
  verdict: 'accept' | 'reject';
  domain?: string;
  reason: string;
}

export interface Written { id: string; actor: string }

export interface ArtifactEntry {
  /** Id of the record that saved it. */
  id: string;
  name: string;
  version: number;
  workspace: string;
  type: string;
  media_type: string;
  size: number;
  blob: string;
  description: string;
  /** A short text for people. Untrusted, as all else. */
  preview: string;
  at: number;
  actor: string;
  thread: string;
  cell: string | null;
}

export interface ArtifactsPage { total?: number; artifacts: ArtifactEntry[] }

export interface ArtifactDetail {
  artifact: ArtifactEntry;
  versions: ArtifactEntry[];
  metadata: Record<string, unknown>;
  /** The first rows of a table, the text, or an image as a data URL; null where nothing is shown. */
  content: { type: 'text'; text: string; is_cut: boolean }
    | { type: 'table'; columns: string[]; rows: string[][]; row_count: number }
    | { type: 'image'; url: string }
    | null;
  lineage: Lineage;
}

/** A directed graph; edges point from what went in to what came out. */
export interface Lineage {
  nodes: { id: string; type: 'artifact' | 'cell'; title: string; version: number | null; thread: string }[];
  edges: { from: string; to: string }[];
}

export interface WorkflowEntry {
  id: string;
  name: string;
  version: number;
  workspace: string;
  description: string;
  signature: string;
  calls: number;
  success_rate: number | null;
  last_called_at: number | null;
  at: number;
  actor: string;
  thread: string;
  tests: string;
}

export interface WorkflowsPage { total?: number; workflows: WorkflowEntry[] }

export interface WorkflowDetail {
  workflow: WorkflowEntry;
  source: string;
  versions: WorkflowEntry[];
}

export interface Health {
  /** Store without a password in it. */
  store: string;
  records: number;
  /** Records up to this seq were checked and hold; `problem` is the first that did not. */
  verified: number;
  verified_at: number | null;
  problem: string | null;
  /** Records in the outbox of this store that could not be written yet. */
  outbox: number;
  /** Of the newest session on the thread. */
  sandbox: string | null;
  session: 'running' | 'ended' | 'none';
  /** A restart, a death or a repair after which earlier state cannot be relied on, newest first. */
  warnings: { id: string; at: number; text: string }[];
  /** Who answers and judges from this panel; null where it cannot. */
  person: string | null;
  /** Why it cannot. */
  read_only: string | null;
}

/** Operations: name, parameters, result. `answer` and `judge` write. */
export interface Operations {
  threads: [{ text?: string; limit?: number; before?: number | null }, ThreadsPage];
  rows: [{ thread: string; offset: number; limit: number; filter?: RowFilter }, RowsPage];
  /** Where a record's row stands among those that match; null where it is not among them. */
  place: [{ thread: string; id: string; filter?: RowFilter }, { offset: number | null }];
  record: [{ id: string }, RecordDetail];
  trust: [{ thread?: string | null }, TrustPage];
  decisions: [{ thread?: string | null; all?: boolean; limit?: number }, DecisionsPage];
  answer: [AnswerParams, Written];
  judge: [JudgeParams, Written];
  artifacts: [{ thread?: string | null }, ArtifactsPage];
  artifact: [{ id: string }, ArtifactDetail];
  workflows: [{ thread?: string | null }, WorkflowsPage];
  workflow: [{ id: string }, WorkflowDetail];
  health: [{ thread?: string | null }, Health];
}

/** Of a refused operation: `type` is the class of the error, `remedy` what to do. */
export interface Problem { type: string; message: string; remedy: string | null }

/** What a subscription tells. After `reset` everything is to be asked for again. */
export type News =
  | { type: 'rows'; thread: string; total: number; rows: Row[] }
  | { type: 'decisions'; pending: number; waiting: { id: string; thread: string; question: string }[] }
  | { type: 'trust' }
  | { type: 'library' }
  | { type: 'threads' }
  | { type: 'health'; health: Health }
  | { type: 'reset' };

/** The way to a feed. */
export interface Transport {
  request<Name extends keyof Operations>(
    name: Name, params: Operations[Name][0],
  ): Promise<Operations[Name][1]>;
  /** Tell what happens on a thread (and decisions anywhere) until the function returned is called. */
  subscribe(thread: string | null, hear: (news: News) => void, state: (isLive: boolean) => void): () => void;
  /** Where the content of this SHA-256 can be downloaded; without it, nowhere. */
  blobUrl?(digest: string): string;
  /** Whether answers and verdicts can be given here. */
  readonly canWrite: boolean;
}
