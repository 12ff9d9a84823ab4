"use strict";(self.rspackChunkthreadbook_panel=self.rspackChunkthreadbook_panel||[]).push([[531],{"./node_modules/css-loader/dist/cjs.js!./build/extension/style/index.css"(t,e,r){var o=r("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),a=r.n(o),i=r("./node_modules/css-loader/dist/runtime/api.js"),n=(r.n(i))()(a());n.push([t.id,`/* src/panel.css */
.tb-panel {
  --tb-text: var(--jp-ui-font-color1, light-dark(#1f2328, #e6edf3));
  --tb-ground: var(--jp-layout-color1, light-dark(#fff, #15181d));
  --tb-raised: color-mix(in srgb, var(--tb-text) 5%, var(--tb-ground));
  --tb-hover: color-mix(in srgb, var(--tb-text) 8%, var(--tb-ground));
  --tb-quiet: color-mix(in srgb, var(--tb-text) 72%, var(--tb-ground));
  --tb-border: var(--jp-border-color2, light-dark(#e0e0e0, #3a3f47));
  --tb-border-strong: light-dark(#838a93, #767d87);
  --tb-link: light-dark(#0b57a8, #7cb8ff);
  --tb-selected: color-mix(in srgb, var(--tb-link) 14%, var(--tb-ground));
  --tb-good: light-dark(#146c2e, #5fd07a);
  --tb-bad: light-dark(#b3121d, #ff8a80);
  --tb-wait: light-dark(#805000, #e9b949);
  --tb-code-font: var(--jp-code-font-family, ui-monospace, menlo, consolas, monospace);
  background: var(--tb-ground);
  box-sizing: border-box;
  color: var(--tb-text);
  color-scheme: light dark;
  container: tb-panel / inline-size;
  display: flex;
  flex-direction: column;
  font-family: var(--jp-ui-font-family, system-ui, sans-serif);
  font-size: var(--jp-ui-font-size1, 13px);
  height: 100%;
  isolation: isolate;
  line-height: 1.45;
  min-height: 0;
  min-width: 0;
  overflow: hidden;
  position: relative;
}
[data-jp-theme-light=true] .tb-panel,
.vscode-light .tb-panel {
  color-scheme: light;
}
[data-jp-theme-light=false] .tb-panel,
.vscode-dark .tb-panel {
  color-scheme: dark;
}
.tb-panel.tb-compact {
  border: 1px solid var(--tb-border);
  border-radius: 4px;
  height: 460px;
  min-height: 240px;
  resize: vertical;
}
.tb-panel :focus-visible {
  outline: 2px solid var(--tb-link);
  outline-offset: -2px;
}
.tb-panel [hidden] {
  display: none;
}
.tb-unseen {
  clip-path: inset(50%);
  height: 1px;
  overflow: hidden;
  position: absolute;
  white-space: nowrap;
  width: 1px;
}
.tb-text {
  unicode-bidi: isolate;
}
.tb-mark {
  background: color-mix(in srgb, var(--tb-wait) 14%, transparent);
  border: 1px solid var(--tb-wait);
  border-radius: 3px;
  color: var(--tb-wait);
  direction: ltr;
  display: inline-block;
  font: 600 0.75em / 1.3 var(--tb-code-font);
  margin: 0 1px;
  padding: 0 2px;
  unicode-bidi: isolate;
  vertical-align: baseline;
  white-space: nowrap;
}
.tb-top {
  align-items: flex-end;
  border-bottom: 1px solid var(--tb-border);
  display: flex;
  flex: none;
  flex-wrap: wrap;
  padding: 0 4px;
}
.tb-tablist {
  display: contents;
}
.tb-tab {
  background: none;
  border: 0;
  border-bottom: 2px solid transparent;
  color: var(--tb-quiet);
  cursor: pointer;
  font: inherit;
  margin-bottom: -1px;
  min-height: 30px;
  padding: 4px 8px;
  white-space: nowrap;
}
.tb-tab:hover {
  background: var(--tb-hover);
  color: var(--tb-text);
}
.tb-tab[aria-selected=true] {
  border-bottom-color: var(--tb-link);
  color: var(--tb-text);
  font-weight: 600;
}
.tb-tab::after {
  content: attr(data-label);
  display: block;
  font-weight: 600;
  height: 0;
  overflow: hidden;
  visibility: hidden;
}
.tb-count {
  background: var(--tb-wait);
  border-radius: 8px;
  color: var(--tb-ground);
  display: inline-block;
  font-size: 0.85em;
  font-variant-numeric: tabular-nums;
  font-weight: 600;
  line-height: 1.35;
  margin-inline-start: 5px;
  min-width: 1em;
  padding: 0 4px;
  text-align: center;
}
.tb-liveness {
  align-items: baseline;
  color: var(--tb-quiet);
  display: flex;
  flex: 1 1 60px;
  font-size: 0.92em;
  gap: 8px;
  justify-content: flex-end;
  min-width: 0;
  padding: 5px 6px;
}
@container tb-panel (max-width: 420px) {
  .tb-tab {
    font-size: 0.94em;
    min-height: 28px;
    padding: 3px 5px;
  }
  .tb-thread-name {
    display: none;
  }
}
@container tb-panel (max-width: 290px) {
  .tb-tab {
    font-size: 0.9em;
    padding: 3px 4px;
  }
  .tb-liveness {
    flex-basis: 40px;
    padding-inline: 0 4px;
  }
}
.tb-thread-name {
  min-width: 0;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}
.tb-live {
  flex: none;
  white-space: nowrap;
}
.tb-live::before {
  border: 1.5px solid currentcolor;
  border-radius: 50%;
  box-sizing: border-box;
  content: "";
  display: inline-block;
  height: 8px;
  margin-inline-end: 5px;
  width: 8px;
}
[data-live=true] .tb-live {
  color: var(--tb-good);
}
[data-live=true] .tb-live::before {
  background: currentcolor;
}
.tb-tabpanel {
  contain: layout paint;
  flex: 1;
  min-height: 0;
  min-width: 0;
  overflow: hidden;
}
.tb-icon {
  fill: none;
  flex: none;
  height: 14px;
  stroke: currentcolor;
  stroke-linecap: round;
  stroke-linejoin: round;
  stroke-width: 1.8;
  width: 14px;
}
.tb-status {
  align-items: center;
  display: inline-flex;
  gap: 4px;
  white-space: nowrap;
}
[data-tone=good] .tb-row-status,
.tb-status[data-tone=good] {
  color: var(--tb-good);
}
[data-tone=bad] .tb-row-status,
.tb-status[data-tone=bad] {
  color: var(--tb-bad);
}
[data-tone=warning] .tb-row-status,
.tb-status[data-tone=warning] {
  color: var(--tb-wait);
}
[data-tone=active] .tb-row-status,
.tb-status[data-tone=active] {
  color: var(--tb-link);
}
@media (forced-colors: active) {
  .tb-mark,
  .tb-count {
    border: 1px solid;
  }
}

/* src/tabs/parts.css */
.tb-page {
  box-sizing: border-box;
  display: flex;
  flex-direction: column;
  gap: 8px;
  height: 100%;
  overflow: auto;
  padding: 8px;
}
.tb-page p {
  margin: 0;
}
.tb-bar {
  align-items: center;
  display: flex;
  flex-wrap: wrap;
  gap: 8px;
}
.tb-bar .tb-field {
  flex: 1 1 160px;
}
.tb-check {
  align-items: center;
  display: inline-flex;
  gap: 4px;
  min-height: 24px;
}
.tb-quiet,
.tb-empty {
  color: var(--tb-quiet);
}
.tb-empty {
  padding: 8px 0;
}
.tb-heading,
.tb-card-title,
.tb-label {
  font-weight: 600;
  margin: 0;
  overflow-wrap: anywhere;
}
.tb-heading {
  font-size: 1.1em;
  margin-top: 4px;
}
.tb-label {
  display: block;
  font-size: 1em;
}
.tb-mono {
  font-family: var(--tb-code-font);
  font-size: 0.95em;
  overflow-wrap: anywhere;
}
.tb-field {
  background: var(--tb-ground);
  border: 1px solid var(--tb-border-strong);
  border-radius: 3px;
  box-sizing: border-box;
  color: inherit;
  font: inherit;
  min-height: 28px;
  min-width: 0;
  padding: 3px 6px;
  width: 100%;
}
.tb-json-field {
  direction: ltr;
  font-family: var(--tb-code-font);
  resize: vertical;
  unicode-bidi: bidi-override;
}
.tb-field::placeholder {
  color: var(--tb-quiet);
  opacity: 1;
}
.tb-field[aria-invalid=true] {
  border-color: var(--tb-bad);
}
.tb-missing {
  color: var(--tb-bad);
}
.tb-button {
  align-self: flex-start;
  background: var(--tb-raised);
  border: 1px solid var(--tb-border-strong);
  border-radius: 3px;
  color: inherit;
  cursor: pointer;
  font: inherit;
  min-height: 28px;
  padding: 3px 10px;
}
.tb-button:hover {
  background: var(--tb-hover);
}
.tb-link,
a.tb-link:is(:link, :visited) {
  background: none;
  border: 0;
  color: var(--tb-link);
  cursor: pointer;
  font: inherit;
  min-height: 24px;
  overflow-wrap: anywhere;
  padding: 0;
  text-align: start;
  text-decoration: underline;
}
.tb-link[aria-current=true] {
  font-weight: 600;
}
.tb-word {
  border: 1px solid currentcolor;
  border-radius: 9px;
  display: inline-block;
  font-size: 0.9em;
  line-height: 1.4;
  overflow-wrap: anywhere;
  padding: 0 7px;
}
.tb-word-good {
  color: var(--tb-good);
}
.tb-word-bad {
  color: var(--tb-bad);
}
.tb-word-wait {
  color: var(--tb-wait);
}
.tb-word-here {
  background: var(--tb-link);
  border-color: var(--tb-link);
  color: var(--tb-ground);
}
.tb-cards {
  display: flex;
  flex-direction: column;
  gap: 8px;
  list-style: none;
  margin: 0;
  padding: 0;
}
.tb-card {
  border: 1px solid var(--tb-border);
  border-radius: 4px;
  box-sizing: border-box;
  display: flex;
  flex-direction: column;
  gap: 6px;
  overflow-wrap: anywhere;
  padding: 8px 10px;
}
.tb-pick {
  background: none;
  color: inherit;
  cursor: pointer;
  font: inherit;
  text-align: start;
  width: 100%;
}
.tb-pick:hover {
  background: var(--tb-hover);
}
.tb-facts {
  display: flex;
  flex-direction: column;
  gap: 4px;
  margin: 0;
}
.tb-facts > div {
  display: grid;
  gap: 0 8px;
  grid-template-columns: 88px minmax(0, 1fr);
}
.tb-facts dt {
  color: var(--tb-quiet);
}
.tb-facts dd {
  margin: 0;
  overflow-wrap: anywhere;
}
.tb-whole,
.tb-scroll {
  border: 1px solid var(--tb-border);
  border-radius: 3px;
  contain: paint;
  flex: none;
  isolation: isolate;
  margin: 0;
  max-height: 16em;
  overflow: auto;
}
.tb-whole {
  background: var(--tb-raised);
  font-family: var(--tb-code-font);
  font-size: var(--jp-code-font-size, 13px);
  overflow-wrap: anywhere;
  padding: 6px 8px;
  tab-size: 4;
  white-space: pre-wrap;
}
.tb-values,
.tb-table {
  border-collapse: collapse;
  font-size: 1em;
  width: 100%;
}
.tb-values th,
.tb-values td,
.tb-table th,
.tb-table td {
  border-bottom: 1px solid var(--tb-border);
  padding: 3px 8px;
  text-align: start;
  vertical-align: top;
}
.tb-values th {
  font-weight: 600;
  white-space: nowrap;
}
.tb-values td {
  font-family: var(--tb-code-font);
  overflow-wrap: anywhere;
  white-space: pre-wrap;
  width: 100%;
}
.tb-values tr:last-child > *,
.tb-table tr:last-child > td {
  border-bottom: 0;
}
.tb-table th {
  background: var(--tb-raised);
  position: sticky;
  top: 0;
}
.tb-table td {
  font-variant-numeric: tabular-nums;
  max-width: 24em;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}
.tb-image {
  align-self: flex-start;
  background: #fff;
  border: 1px solid var(--tb-border);
  max-height: 60vh;
  max-width: 100%;
  object-fit: contain;
}
.tb-failure,
.tb-note {
  border-inline-start: 3px solid var(--tb-wait);
  padding: 4px 8px;
}
.tb-failure,
.tb-note-bad {
  border-color: var(--tb-bad);
}

/* src/tabs/threads.css */
.tb-tree {
  display: flex;
  flex-direction: column;
}
.tb-tree-item {
  border-bottom: 1px solid var(--tb-border);
  cursor: pointer;
  display: flex;
  gap: 4px;
  padding: 6px 4px;
  padding-inline-start: calc(4px + 14px * var(--tb-level, 0));
}
.tb-tree-item:hover {
  background: var(--tb-hover);
}
.tb-tree-item[aria-selected=true] {
  background: var(--tb-raised);
  box-shadow: inset 3px 0 0 var(--tb-link);
}
.tb-tree-twist {
  flex: 0 0 16px;
  text-align: center;
}
.tb-tree-flat .tb-tree-twist {
  display: none;
}
.tb-tree-text {
  display: flex;
  flex-direction: column;
  gap: 2px;
  min-width: 0;
}
.tb-tree-goal {
  font-weight: 600;
  overflow-wrap: anywhere;
}
.tb-marks {
  display: flex;
  flex-wrap: wrap;
  gap: 4px;
}

/* src/tabs/trust.css */
.tb-standing {
  align-items: center;
  display: flex;
  flex-wrap: wrap;
  gap: 4px 16px;
  justify-content: space-between;
}
.tb-score {
  align-items: baseline;
  display: flex;
  flex-wrap: wrap;
  gap: 8px;
}
.tb-score strong {
  font-size: 1.6em;
  font-variant-numeric: tabular-nums;
}
.tb-trend {
  flex: none;
}
.tb-trend-line {
  fill: none;
  stroke: var(--tb-link);
  stroke-linejoin: round;
  stroke-width: 1.5;
}
.tb-trend-half {
  stroke: var(--tb-border);
  stroke-dasharray: 2 3;
}
.tb-trend-end {
  fill: var(--tb-link);
}
.tb-interval {
  align-items: center;
  display: flex;
  flex-wrap: wrap;
  gap: 4px 8px;
}
.tb-interval-line {
  background: var(--tb-raised);
  border: 1px solid var(--tb-border-strong);
  border-radius: 5px;
  flex: 1 1 120px;
  height: 8px;
  position: relative;
}
.tb-interval-range {
  background: var(--tb-link);
  border-radius: 4px;
  bottom: 0;
  position: absolute;
  top: 0;
}
.tb-interval-share {
  background: var(--tb-text);
  bottom: -3px;
  position: absolute;
  top: -3px;
  width: 2px;
}

/* src/tabs/decisions.css */
.tb-decision {
  border-color: var(--tb-wait);
  border-inline-start-width: 4px;
}
.tb-form {
  border-top: 1px solid var(--tb-border);
  display: flex;
  flex-direction: column;
  gap: 8px;
  padding-top: 8px;
}
.tb-row {
  display: flex;
  flex-direction: column;
  gap: 2px;
}
.tb-buttons {
  display: flex;
  flex-wrap: wrap;
  gap: 8px;
}
.tb-approve {
  border-color: var(--tb-good);
  color: var(--tb-good);
}
.tb-approve[aria-disabled=true] {
  border-style: dashed;
  cursor: default;
}
.tb-deny {
  border-color: var(--tb-bad);
  color: var(--tb-bad);
}
.tb-new {
  background: color-mix(in srgb, var(--tb-good) 14%, transparent);
}
.tb-old {
  background: color-mix(in srgb, var(--tb-bad) 14%, transparent);
}

/* src/tabs/library.css */
.tb-library-detail {
  display: flex;
  flex-direction: column;
  gap: 8px;
}
.tb-versions,
.tb-steps {
  margin: 0;
  padding-inline-start: 20px;
}
.tb-graph-box {
  max-height: 320px;
}
.tb-graph {
  position: relative;
}
.tb-edge path {
  fill: none;
  stroke: var(--tb-quiet);
  stroke-width: 1.5;
}
.tb-edge polygon {
  fill: var(--tb-quiet);
}
.tb-node {
  background: var(--tb-ground);
  border: 1px solid var(--tb-border-strong);
  border-radius: 4px;
  box-sizing: border-box;
  color: inherit;
  cursor: pointer;
  display: flex;
  flex-direction: column;
  font: inherit;
  justify-content: center;
  overflow: hidden;
  padding: 2px 8px;
  position: absolute;
  text-align: start;
}
.tb-node:hover {
  background: var(--tb-hover);
}
.tb-node-cell {
  border-radius: 14px;
  border-style: dashed;
}
.tb-node[aria-current=true] {
  border-color: var(--tb-link);
  border-width: 2px;
}
.tb-node-kind {
  color: var(--tb-quiet);
  font-size: 0.85em;
}
.tb-node-name {
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}

/* src/tabs/banner.css */
.tb-banner {
  align-items: center;
  background: var(--tb-raised);
  border: 1px solid var(--tb-wait);
  border-inline-start-width: 4px;
  display: flex;
  flex-wrap: wrap;
  gap: 4px 12px;
  padding: 6px 8px;
}
.tb-banner-text {
  flex: 1 1 180px;
  overflow-wrap: anywhere;
}

/* src/tabs/tabs.css */

/* src/timeline/timeline.css */
.tb-timeline {
  display: flex;
  flex-direction: column;
  height: 100%;
  min-height: 0;
}
.tb-timeline-list {
  display: flex;
  flex: 1 1 0;
  flex-direction: column;
  min-height: 0;
  min-width: 0;
}
.tb-split > .tb-timeline-list {
  flex: 2 1 0;
}
.tb-split > .tb-record {
  border-top: 1px solid var(--tb-border-strong);
  flex: 3 1 0;
}
@container tb-panel (min-width: 1240px) {
  .tb-split {
    flex-direction: row;
  }
  .tb-split > .tb-timeline-list {
    flex: 3 1 0;
  }
  .tb-split > .tb-record {
    border-inline-start: 1px solid var(--tb-border-strong);
    border-top: 0;
    flex: 2 1 0;
  }
}
.tb-toolbar {
  align-items: center;
  border-bottom: 1px solid var(--tb-border);
  display: flex;
  flex: none;
  flex-wrap: wrap;
  gap: 4px;
  padding: 5px 6px;
}
.tb-toolbar > .tb-search {
  flex: 1 1 110px;
  width: auto;
}
.tb-toolbar .tb-button {
  align-self: auto;
  padding: 3px 8px;
  white-space: nowrap;
}
.tb-button[aria-pressed=true],
.tb-menu-button[data-chosen=true] {
  background: var(--tb-selected);
  border-color: var(--tb-link);
  color: var(--tb-link);
}
.tb-menu-button > .tb-count {
  background: var(--tb-link);
}
.tb-row-count {
  color: var(--tb-quiet);
  font-size: 0.92em;
  font-variant-numeric: tabular-nums;
  min-width: 4.5em;
  padding: 0 4px;
  text-align: end;
  white-space: nowrap;
}
.tb-menu {
  position: relative;
}
@container tb-panel (max-width: 420px) {
  .tb-toolbar {
    position: relative;
  }
  .tb-toolbar .tb-button {
    font-size: 0.94em;
    padding: 3px 6px;
  }
  .tb-toolbar .tb-caret {
    display: none;
  }
  .tb-toolbar > .tb-search {
    flex-basis: 64px;
  }
  .tb-row-count {
    min-width: 0;
    padding: 0 2px;
  }
  .tb-menu {
    position: static;
  }
  .tb-menu > .tb-menu-items {
    inset-inline: 6px;
    max-width: none;
  }
}
.tb-caret {
  border: 4px solid transparent;
  border-bottom: 0;
  border-top-color: currentcolor;
  display: inline-block;
  margin-inline-start: 6px;
  vertical-align: middle;
}
.tb-menu-items {
  background: var(--tb-ground);
  border: 1px solid var(--tb-border-strong);
  border-radius: 4px;
  box-shadow: 0 4px 14px rgb(0 0 0 / 25%);
  display: flex;
  flex-direction: column;
  inset-block-start: calc(100% + 2px);
  inset-inline-start: 0;
  max-height: min(300px, 50vh);
  max-width: 240px;
  min-width: 150px;
  overflow: auto;
  padding: 4px 0;
  position: absolute;
  z-index: 2;
}
.tb-menu-item {
  background: none;
  border: 0;
  color: inherit;
  cursor: pointer;
  flex: none;
  font: inherit;
  min-height: 26px;
  overflow: hidden;
  padding: 3px 12px 3px 28px;
  position: relative;
  text-align: start;
  text-overflow: ellipsis;
  white-space: nowrap;
}
.tb-menu-item:hover,
.tb-menu-item:focus {
  background: var(--tb-selected);
}
.tb-menu-item[role=menuitemcheckbox]::before {
  border: 1px solid var(--tb-border-strong);
  border-radius: 2px;
  box-sizing: border-box;
  content: "";
  height: 12px;
  inset-block-start: calc(50% - 6px);
  inset-inline-start: 9px;
  position: absolute;
  width: 12px;
}
.tb-menu-item[aria-checked=true]::before {
  background: var(--tb-link);
  border-color: var(--tb-link);
}
.tb-menu-item[aria-checked=true]::after {
  border: solid var(--tb-ground);
  border-width: 0 2px 2px 0;
  content: "";
  height: 6px;
  inset-block-start: calc(50% - 5px);
  inset-inline-start: 13px;
  position: absolute;
  rotate: 45deg;
  width: 3px;
}
.tb-menu-all {
  border-top: 1px solid var(--tb-border);
}

/* src/timeline/rows.css */
.tb-grid-frame {
  flex: 1;
  min-height: 0;
  position: relative;
}
.tb-grid {
  contain: strict;
  height: 100%;
  overflow: hidden auto;
  overflow-anchor: none;
  scrollbar-gutter: stable;
}
.tb-grid:focus-visible {
  outline-offset: -1px;
}
.tb-grid-extent {
  overflow: hidden;
  position: relative;
}
.tb-grid-row {
  align-items: center;
  border-bottom: 1px solid color-mix(in srgb, var(--tb-border) 45%, transparent);
  box-sizing: border-box;
  column-gap: 10px;
  contain: strict;
  cursor: pointer;
  display: grid;
  grid-template-columns: 98px minmax(0, 1fr) 106px 92px 72px 56px;
  height: var(--tb-row);
  inset-inline: 0;
  line-height: calc(var(--tb-row) - 1px);
  padding: 0 8px;
  position: absolute;
  top: 0;
  white-space: nowrap;
}
.tb-grid-row > * {
  min-width: 0;
  overflow: hidden;
  text-overflow: ellipsis;
}
.tb-grid-row:hover {
  background: var(--tb-hover);
}
.tb-grid-row[data-tone=bad] {
  background: color-mix(in srgb, var(--tb-bad) 6%, var(--tb-ground));
}
.tb-grid-row[data-tone=warning] {
  background: color-mix(in srgb, var(--tb-wait) 7%, var(--tb-ground));
}
.tb-grid-row[aria-selected=true] {
  background: var(--tb-selected);
  box-shadow: inset 3px 0 0 var(--tb-link);
}
.tb-row-status {
  align-items: center;
  color: var(--tb-quiet);
  display: flex;
  gap: 5px;
}
.tb-row-what {
  display: flex;
  gap: 7px;
}
.tb-row-what > * {
  flex: none;
}
.tb-row-type {
  color: var(--tb-quiet);
  font-size: 0.92em;
  font-variant-numeric: tabular-nums;
  min-width: 56px;
}
.tb-row-stray {
  border: 1px solid var(--tb-border-strong);
  border-radius: 3px;
  color: var(--tb-quiet);
  font-size: 0.85em;
  height: fit-content;
  line-height: 1.3;
  margin: auto 0;
  padding: 0 4px;
}
.tb-row-what > .tb-row-title {
  flex: 0 1 auto;
  min-width: 3em;
  overflow: hidden;
  text-overflow: ellipsis;
}
.tb-row-what > .tb-row-detail {
  color: var(--tb-quiet);
  flex: 1 100 0;
  min-width: 0;
  overflow: hidden;
  text-overflow: ellipsis;
}
.tb-narrow .tb-row-detail {
  color: var(--tb-quiet);
}
[data-tone=bad] .tb-row-detail {
  color: var(--tb-bad);
}
.tb-code-font {
  font-family: var(--tb-code-font);
  font-size: 0.95em;
}
.tb-row-duration {
  align-items: center;
  color: var(--tb-quiet);
  display: flex;
  font-variant-numeric: tabular-nums;
  gap: 6px;
  justify-content: flex-end;
}
.tb-took {
  background: color-mix(in srgb, var(--tb-text) 9%, transparent);
  border-radius: 2px;
  flex: 0 0 36px;
  height: 4px;
  overflow: hidden;
}
.tb-took-time {
  min-width: 60px;
  text-align: end;
}
.tb-took-length {
  background: color-mix(in srgb, var(--tb-text) 50%, var(--tb-ground));
  border-radius: 2px;
  display: block;
  height: 100%;
}
[data-tone=active] .tb-took-length {
  background: var(--tb-link);
}
[data-tone=bad] .tb-took-length {
  background: var(--tb-bad);
}
.tb-row-actor,
.tb-row-sandbox,
.tb-row-time {
  color: var(--tb-quiet);
  font-size: 0.92em;
  font-variant-numeric: tabular-nums;
}
.tb-row-time {
  text-align: end;
}
.tb-depth-0 {
  display: none;
}
.tb-indent {
  --tb-step: 14px;
  background:
    repeating-linear-gradient(
      to right,
      transparent 0 5px,
      var(--tb-border) 5px 6px,
      transparent 6px var(--tb-step));
  align-self: stretch;
  margin-inline-end: -3px;
}
.tb-depth-1 {
  width: calc(1 * var(--tb-step));
}
.tb-depth-2 {
  width: calc(2 * var(--tb-step));
}
.tb-depth-3 {
  width: calc(3 * var(--tb-step));
}
.tb-depth-4 {
  width: calc(4 * var(--tb-step));
}
.tb-depth-5 {
  width: calc(5 * var(--tb-step));
}
.tb-depth-6 {
  width: calc(6 * var(--tb-step));
}
.tb-depth-7 {
  width: calc(7 * var(--tb-step));
}
.tb-depth-8 {
  width: calc(8 * var(--tb-step));
}
.tb-narrow .tb-grid-row {
  column-gap: 8px;
  grid-template: 1fr 1fr / max-content max-content minmax(0, 1fr) minmax(0, max-content) auto max-content;
  line-height: 1.35;
  padding: 3px 8px;
}
.tb-narrow .tb-row-what {
  grid-area: 1 / 1 / 2 / 6;
}
.tb-narrow .tb-row-time {
  grid-area: 1 / 6;
}
.tb-narrow .tb-row-status {
  grid-area: 2 / 1;
}
.tb-narrow .tb-row-duration {
  grid-area: 2 / 2;
}
.tb-narrow .tb-row-detail {
  grid-area: 2 / 3;
}
.tb-narrow .tb-row-actor {
  grid-area: 2 / 4;
}
.tb-narrow .tb-row-sandbox {
  grid-area: 2 / 6;
  text-align: end;
}
.tb-narrow [data-tone=bad] > .tb-row-detail {
  grid-column: 3 / 7;
}
.tb-narrow [data-tone=bad] > .tb-row-actor,
.tb-narrow [data-tone=bad] > .tb-row-sandbox,
.tb-narrow [data-tone=bad] .tb-took {
  display: none;
}
.tb-narrow .tb-row-type,
.tb-narrow .tb-took-time {
  min-width: 0;
}
.tb-narrow .tb-took {
  flex-basis: 20px;
}
@container tb-panel (max-width: 290px) {
  .tb-narrow .tb-took {
    display: none;
  }
}
.tb-narrow .tb-indent {
  --tb-step: 10px;
}
.tb-grid-row-empty .tb-row-what::before {
  background: color-mix(in srgb, var(--tb-text) 9%, transparent);
  border-radius: 3px;
  content: "";
  height: 8px;
  margin: auto 0;
  width: min(60%, 240px);
}
.tb-unseen-rows {
  background: var(--tb-ground);
  border-color: var(--tb-link);
  border-radius: 14px;
  bottom: 10px;
  box-shadow: 0 2px 8px rgb(0 0 0 / 25%);
  color: var(--tb-link);
  inset-inline-start: 50%;
  position: absolute;
  translate: -50%;
}
@keyframes tb-turn {
  to {
    rotate: 1turn;
  }
}
[data-tone=active] .tb-icon {
  animation: tb-turn 1.6s linear infinite;
}
@media (prefers-reduced-motion: reduce) {
  [data-tone=active] .tb-icon {
    animation: none;
  }
}
.tb-no-rows {
  inset: 8px 12px auto;
  margin: 0;
  position: absolute;
}
.tb-problem {
  align-items: flex-start;
  display: flex;
  flex: none;
  flex-wrap: wrap;
  gap: 8px;
  padding: 6px;
}

/* src/detail/detail.css */
.tb-record {
  contain: strict;
  display: flex;
  flex-direction: column;
  min-height: 0;
  min-width: 0;
}
.tb-record-top {
  align-items: center;
  border-bottom: 1px solid var(--tb-border);
  display: flex;
  flex: none;
  justify-content: space-between;
  padding: 3px 6px 3px 10px;
}
.tb-record-top > .tb-label {
  color: var(--tb-quiet);
  font-size: 0.92em;
}
.tb-record-scroll {
  flex: 1;
  min-height: 0;
  overflow: auto;
  padding: 6px 10px 16px;
}
.tb-button.tb-small {
  min-height: 24px;
  padding: 1px 8px;
}
.tb-record-head p,
.tb-record p {
  margin: 4px 0;
}
.tb-record-title {
  font-size: 1.1em;
  font-weight: 600;
  margin: 0;
  max-height: 5.8em;
  overflow: hidden;
  overflow-wrap: anywhere;
}
.tb-record-type {
  color: var(--tb-quiet);
  font-weight: 400;
}
.tb-record-line {
  color: var(--tb-quiet);
  display: flex;
  flex-wrap: wrap;
  gap: 2px 12px;
}
.tb-error {
  background: color-mix(in srgb, var(--tb-bad) 8%, var(--tb-ground));
  border-inline-start: 3px solid var(--tb-bad);
  max-height: 9em;
  overflow: auto;
  overflow-wrap: anywhere;
  padding: 5px 9px;
}
.tb-error strong {
  color: var(--tb-bad);
}
.tb-part {
  contain: layout paint;
  margin-top: 12px;
}
.tb-part > .tb-label {
  color: var(--tb-quiet);
  font-size: 0.92em;
  margin-bottom: 4px;
}
.tb-aside {
  color: var(--tb-quiet);
  font-size: 0.92em;
}
.tb-code,
.tb-pre,
.tb-html,
.tb-picture {
  background: var(--tb-raised);
  border: 1px solid var(--tb-border);
  border-radius: 3px;
  contain: layout paint style;
  isolation: isolate;
  max-height: 30em;
  overflow: auto;
}
.tb-code-lines {
  display: block;
  font-family: var(--tb-code-font);
  font-size: var(--jp-code-font-size, 13px);
  line-height: 1.45;
  min-width: fit-content;
  padding: 4px 0;
  tab-size: 4;
  white-space: pre;
}
.tb-panel .tb-code-lines {
  background: none;
  color: inherit;
}
.tb-line {
  display: block;
  min-height: 1.45em;
  padding-inline-end: 8px;
}
.tb-line-number {
  color: var(--tb-quiet);
  display: inline-block;
  margin-inline-end: 10px;
  min-width: 2.2em;
  text-align: end;
  user-select: none;
}
.tb-line-failed {
  background: color-mix(in srgb, var(--tb-bad) 14%, transparent);
  box-shadow: inset 3px 0 0 var(--tb-bad);
}
.tb-failed-word {
  color: var(--tb-bad);
  font: 600 0.85em var(--jp-ui-font-family, system-ui, sans-serif);
  margin-inline-start: 14px;
}
.tb-code-keyword {
  color: light-dark(#7a1f9c, #d8a1f2);
  font-weight: 600;
}
.tb-code-string {
  color: light-dark(#9a2a1c, #f0a08f);
}
.tb-code-escape {
  color: light-dark(#805000, #e9b949);
}
.tb-code-number {
  color: light-dark(#146c2e, #8fd9a0);
}
.tb-code-comment {
  color: var(--tb-quiet);
  font-style: italic;
}
.tb-code-function {
  color: light-dark(#0b57a8, #8cc4ff);
}
.tb-code-class {
  color: light-dark(#00606b, #74d3dd);
}
.tb-code-meta {
  color: light-dark(#7a1f9c, #d8a1f2);
}
.tb-outputs {
  display: flex;
  flex-direction: column;
  gap: 6px;
}
.tb-pre {
  font-family: var(--tb-code-font);
  font-size: var(--jp-code-font-size, 13px);
  line-height: 1.4;
  margin: 0;
  overflow-wrap: anywhere;
  padding: 5px 8px;
  tab-size: 8;
  white-space: pre-wrap;
}
.tb-panel .tb-pre {
  color: inherit;
}
.tb-pre-stderr {
  border-inline-start: 3px solid var(--tb-wait);
}
.tb-pre-error {
  border-inline-start: 3px solid var(--tb-bad);
}
.tb-show-more {
  margin-top: 4px;
}
.tb-picture {
  background: #fff;
  padding: 6px;
}
.tb-picture img,
.tb-html img {
  display: block;
  height: auto;
  max-width: 100%;
}
.tb-html {
  overflow-wrap: anywhere;
  padding: 6px 8px;
  user-select: text;
}
.tb-html :is(h1, h2, h3, h4, h5, h6) {
  font-size: 1em;
  font-weight: 600;
  margin: 4px 0;
}
.tb-html table {
  border-collapse: collapse;
  font-size: 0.95em;
}
.tb-html :is(td, th) {
  border-bottom: 1px solid var(--tb-border);
  font-variant-numeric: tabular-nums;
  overflow-wrap: normal;
  padding: 2px 8px;
  text-align: end;
  vertical-align: top;
}
.tb-html thead th {
  border-bottom: 1px solid var(--tb-border-strong);
}
.tb-html :is(pre, code, kbd, samp) {
  font-family: var(--tb-code-font);
  white-space: pre-wrap;
}
.tb-ansi-black-fg {
  color: var(--tb-text);
}
.tb-ansi-red-fg {
  color: var(--tb-bad);
}
.tb-ansi-green-fg {
  color: var(--tb-good);
}
.tb-ansi-yellow-fg {
  color: var(--tb-wait);
}
.tb-ansi-blue-fg {
  color: var(--tb-link);
}
.tb-ansi-magenta-fg {
  color: light-dark(#8a2a9c, #e0a3ee);
}
.tb-ansi-cyan-fg {
  color: light-dark(#00606b, #74d3dd);
}
.tb-ansi-white-fg {
  color: var(--tb-quiet);
}
.tb-ansi-black-bg,
.tb-ansi-white-bg,
.tb-ansi-reverse {
  background: color-mix(in srgb, var(--tb-text) 10%, transparent);
}
.tb-ansi-red-bg {
  background: color-mix(in srgb, var(--tb-bad) 14%, transparent);
}
.tb-ansi-green-bg {
  background: color-mix(in srgb, var(--tb-good) 14%, transparent);
}
.tb-ansi-yellow-bg {
  background: color-mix(in srgb, var(--tb-wait) 14%, transparent);
}
.tb-ansi-blue-bg,
.tb-ansi-cyan-bg,
.tb-ansi-magenta-bg {
  background: color-mix(in srgb, var(--tb-link) 12%, transparent);
}
.tb-ansi-bold {
  font-weight: 700;
}
.tb-ansi-italic {
  font-style: italic;
}
.tb-ansi-underline {
  text-decoration: underline;
}
.tb-ansi-strikethrough {
  text-decoration: line-through;
}
.tb-ansi-dim {
  font-style: italic;
}
.tb-json,
.tb-json-leaf {
  font-family: var(--tb-code-font);
  font-size: 0.95em;
  overflow-wrap: anywhere;
}
.tb-json > summary {
  cursor: pointer;
  min-height: 24px;
}
.tb-json-entries {
  border-inline-start: 1px solid var(--tb-border);
  margin-inline-start: 4px;
  padding-inline-start: 12px;
}
.tb-json-leaf {
  padding: 1px 0;
}
.tb-json-name {
  color: var(--tb-quiet);
  margin-inline-end: 8px;
}
.tb-json-number,
.tb-json-boolean,
.tb-json-null {
  color: light-dark(#0b57a8, #8cc4ff);
}
.tb-links,
.tb-proof,
.tb-verdicts {
  display: flex;
  flex-direction: column;
  gap: 2px;
  list-style: none;
  margin: 0;
  padding: 0;
}
.tb-record-link {
  align-items: baseline;
  background: none;
  border: 0;
  border-radius: 3px;
  color: inherit;
  cursor: pointer;
  display: flex;
  flex-wrap: wrap;
  font: inherit;
  gap: 0 8px;
  min-height: 26px;
  overflow-wrap: anywhere;
  padding: 2px 4px;
  text-align: start;
  width: 100%;
}
.tb-record-link:hover {
  background: var(--tb-hover);
}
.tb-record-link-kind {
  color: var(--tb-quiet);
  font-size: 0.92em;
}
.tb-record-link-title {
  color: var(--tb-link);
  text-decoration: underline;
}
.tb-proof > li {
  padding-inline-start: 14px;
  position: relative;
}
.tb-proof > li::before {
  border: 1.5px solid var(--tb-quiet);
  border-radius: 50%;
  content: "";
  height: 5px;
  inset-block-start: 0.45em;
  inset-inline-start: 1px;
  position: absolute;
  width: 5px;
}
.tb-proof > [data-tone=good]::before {
  background: var(--tb-good);
  border-color: var(--tb-good);
}
.tb-proof > [data-tone=bad] {
  color: var(--tb-bad);
  font-weight: 600;
}
.tb-proof > [data-tone=bad]::before {
  background: var(--tb-bad);
  border-color: var(--tb-bad);
}
.tb-verdict {
  display: flex;
  flex-direction: column;
  gap: 6px;
  margin-top: 4px;
}
.tb-fields {
  display: flex;
  flex-wrap: wrap;
  gap: 6px;
}
.tb-labelled {
  flex: 1 1 90px;
}
.tb-labelled-wide {
  flex: 3 1 180px;
}
.tb-labelled > label {
  color: var(--tb-quiet);
  display: block;
  font-size: 0.92em;
}
.tb-copyable {
  align-items: flex-start;
  display: flex;
  gap: 8px;
  justify-content: space-between;
}
.tb-copyable > .tb-button {
  flex: none;
}
.tb-panel .tb-copyable > code {
  background: none;
  color: inherit;
  font-family: var(--tb-code-font);
  font-size: 0.92em;
  overflow-wrap: anywhere;
  padding: 0;
}

/* src/lab/sidebar.css */
.tb-sidebar {
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  display: flex;
  flex-direction: column;
}
#threadbook-panel.tb-sidebar {
  min-width: 300px;
}
.tb-about {
  border-bottom: 1px solid var(--jp-border-color1);
  flex: none;
  font-size: var(--jp-ui-font-size1);
  line-height: 1.4;
  margin: 0;
  padding: 6px 8px;
}
.tb-place {
  flex: 1;
  min-height: 0;
}
.tb-place > .tb-panel {
  height: 100%;
}
@keyframes tb-flash {
  from {
    box-shadow: inset 0 0 0 3px var(--jp-brand-color1);
  }
  to {
    box-shadow: inset 0 0 0 3px transparent;
  }
}
.tb-flash {
  animation: tb-flash 1.5s ease-out;
}
@media (prefers-reduced-motion: reduce) {
  .tb-flash {
    animation: none;
    box-shadow: inset 0 0 0 3px var(--jp-brand-color1);
  }
}

/* src/style.css */
`,""]),r.d(e,{},{A:n})},"./node_modules/css-loader/dist/runtime/api.js"(t){t.exports=function(t){var e=[];return e.toString=function(){return this.map(function(e){var r="",o=void 0!==e[5];return e[4]&&(r+="@supports (".concat(e[4],") {")),e[2]&&(r+="@media ".concat(e[2]," {")),o&&(r+="@layer".concat(e[5].length>0?" ".concat(e[5]):""," {")),r+=t(e),o&&(r+="}"),e[2]&&(r+="}"),e[4]&&(r+="}"),r}).join("")},e.i=function(t,r,o,a,i){"string"==typeof t&&(t=[[null,t,void 0]]);var n={};if(o)for(var b=0;b<this.length;b++){var l=this[b][0];null!=l&&(n[l]=!0)}for(var d=0;d<t.length;d++){var s=[].concat(t[d]);o&&n[s[0]]||(void 0!==i&&(void 0===s[5]||(s[1]="@layer".concat(s[5].length>0?" ".concat(s[5]):""," {").concat(s[1],"}")),s[5]=i),r&&(s[2]&&(s[1]="@media ".concat(s[2]," {").concat(s[1],"}")),s[2]=r),a&&(s[4]?(s[1]="@supports (".concat(s[4],") {").concat(s[1],"}"),s[4]=a):s[4]="".concat(a)),e.push(s))}},e}},"./node_modules/css-loader/dist/runtime/noSourceMaps.js"(t){t.exports=function(t){return t[1]}},"./build/extension/style/index.css"(t,e,r){r.r(e);var o=r("./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"),a=r.n(o),i=r("./node_modules/style-loader/dist/runtime/styleDomAPI.js"),n=r.n(i),b=r("./node_modules/style-loader/dist/runtime/insertBySelector.js"),l=r.n(b),d=r("./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"),s=r.n(d),p=r("./node_modules/style-loader/dist/runtime/insertStyleElement.js"),c=r.n(p),x=r("./node_modules/style-loader/dist/runtime/styleTagTransform.js"),u=r.n(x),g=r("./node_modules/css-loader/dist/cjs.js!./build/extension/style/index.css"),f={};f.styleTagTransform=u(),f.setAttributes=s(),f.insert=l().bind(null,"head"),f.domAPI=n(),f.insertStyleElement=c(),a()(g.A,f);let m=g.A&&g.A.locals?g.A.locals:void 0;r.d(e,{},{default:m})},"./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"(t){var e=[];function r(t){for(var r=-1,o=0;o<e.length;o++)if(e[o].identifier===t){r=o;break}return r}function o(t,o){for(var a={},i=[],n=0;n<t.length;n++){var b=t[n],l=o.base?b[0]+o.base:b[0],d=a[l]||0,s="".concat(l," ").concat(d);a[l]=d+1;var p=r(s),c={css:b[1],media:b[2],sourceMap:b[3],supports:b[4],layer:b[5]};if(-1!==p)e[p].references++,e[p].updater(c);else{var x=function(t,e){var r=e.domAPI(e);return r.update(t),function(e){e?(e.css!==t.css||e.media!==t.media||e.sourceMap!==t.sourceMap||e.supports!==t.supports||e.layer!==t.layer)&&r.update(t=e):r.remove()}}(c,o);o.byIndex=n,e.splice(n,0,{identifier:s,updater:x,references:1})}i.push(s)}return i}t.exports=function(t,a){var i=o(t=t||[],a=a||{});return function(t){t=t||[];for(var n=0;n<i.length;n++){var b=r(i[n]);e[b].references--}for(var l=o(t,a),d=0;d<i.length;d++){var s=r(i[d]);0===e[s].references&&(e[s].updater(),e.splice(s,1))}i=l}}},"./node_modules/style-loader/dist/runtime/insertBySelector.js"(t){var e={};t.exports=function(t,r){var o=function(t){if(void 0===e[t]){var r=document.querySelector(t);if(window.HTMLIFrameElement&&r instanceof window.HTMLIFrameElement)try{r=r.contentDocument.head}catch(t){r=null}e[t]=r}return e[t]}(t);if(!o)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");o.appendChild(r)}},"./node_modules/style-loader/dist/runtime/insertStyleElement.js"(t){t.exports=function(t){var e=document.createElement("style");return t.setAttributes(e,t.attributes),t.insert(e,t.options),e}},"./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"(t,e,r){t.exports=function(t){var e=r.nc;e&&t.setAttribute("nonce",e)}},"./node_modules/style-loader/dist/runtime/styleDomAPI.js"(t){t.exports=function(t){if("u"<typeof document)return{update:function(){},remove:function(){}};var e=t.insertStyleElement(t);return{update:function(r){var o,a,i;o="",r.supports&&(o+="@supports (".concat(r.supports,") {")),r.media&&(o+="@media ".concat(r.media," {")),(a=void 0!==r.layer)&&(o+="@layer".concat(r.layer.length>0?" ".concat(r.layer):""," {")),o+=r.css,a&&(o+="}"),r.media&&(o+="}"),r.supports&&(o+="}"),(i=r.sourceMap)&&"u">typeof btoa&&(o+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(i))))," */")),t.styleTagTransform(o,e,t.options)},remove:function(){var t;null===(t=e).parentNode||t.parentNode.removeChild(t)}}}},"./node_modules/style-loader/dist/runtime/styleTagTransform.js"(t){t.exports=function(t,e){if(e.styleSheet)e.styleSheet.cssText=t;else{for(;e.firstChild;)e.removeChild(e.firstChild);e.appendChild(document.createTextNode(t))}}}}]);