const light =
  "color-scheme: light; --ink: #1b1f24; --soft: #59636e; --line: #d9dee3; --paper: #fff; --panel: #f4f6f8; --win: #1d7a4f; --tie: #8a5a00;";
const dark =
  "color-scheme: dark; --ink: #e6e9ec; --soft: #9aa4ae; --line: #343b43; --paper: #14171a; --panel: #1e2327; --win: #6fce9f; --tie: #e5b567;";

/** The style sheet of every page: the system's theme, or the one in data-theme; paper is white. */
export const style = `
:root { ${light} }
@media (prefers-color-scheme: dark) { :root { ${dark} } }
:root[data-theme="light"] { ${light} }
:root[data-theme="dark"] { ${dark} }
@media print { :root, :root[data-theme] { ${light} } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 64px; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 8px 0 4px; }
h2 { font-size: 1.3rem; margin: 44px 0 4px; padding-top: 16px; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 20px 0 4px; }
p, li { max-width: 46em; }
ul { padding-left: 1.2em; margin: 8px 0; }
a { color: inherit; }
.soft { color: var(--soft); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 8px 0; padding: 0; list-style: none; }
.legend i, td i { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 50%; margin-right: 0.45em; }
.scroll { overflow-x: auto; margin: 12px 0; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; width: 100%; }
th, td { text-align: right; padding: 6px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; }
th:first-child, td:first-child { text-align: left; }
td.best { font-weight: 700; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 8px 28px; }
figure { margin: 8px 0; min-width: 0; }
figcaption { font-size: 0.9rem; font-weight: 600; }
figure svg { width: 100%; height: auto; }
summary { cursor: pointer; }
code, pre { font: 0.85rem/1.45 ui-monospace, monospace; }
pre { background: var(--panel); padding: 10px 12px; border-radius: 6px; overflow-x: auto; }
@media print { details { display: block; } h2 { break-after: avoid; } figure { break-inside: avoid; } }
`;

/** What the report's page has beyond it. */
export const reportStyle = `
html { scroll-padding-top: 56px; }
body > main { max-width: 1240px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; z-index: 9; background: var(--paper); padding: 6px 10px; }
.bar { position: sticky; top: 0; z-index: 5; display: flex; gap: 14px; align-items: center; padding: 8px 20px;
  background: var(--paper); border-bottom: 1px solid var(--line); }
.bar .home { font-weight: 700; text-decoration: none; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; max-width: 40vw; }
.bar nav { display: flex; gap: 14px; overflow-x: auto; flex: 1; scrollbar-width: none; }
.bar nav a { white-space: nowrap; text-decoration: none; color: var(--soft); }
.bar nav a:hover { color: var(--ink); text-decoration: underline; }
button, select, input { font: inherit; font-size: 0.85rem; color: inherit; background: var(--panel); border: 1px solid var(--line);
  border-radius: 6px; padding: 3px 9px; }
button { cursor: pointer; }
button:hover, select:hover { border-color: var(--soft); }
:focus-visible { outline: 2px solid #2e86ab; outline-offset: 2px; }
section { margin: 0; }
section > h2 { margin-top: 36px; }
.sentences { list-style: none; padding: 0; }
.sentences li { margin: 7px 0; max-width: 60em; }
.badge { display: inline-block; min-width: 4.2em; text-align: center; font-size: 0.75rem; font-weight: 700; border: 1px solid currentColor;
  border-radius: 4px; padding: 0 6px; margin-right: 4px; color: var(--soft); }
.winner .badge { color: var(--win); } .tie .badge { color: var(--tie); }
.warning { border-left: 4px solid var(--tie); padding-left: 10px; }
thead th { vertical-align: bottom; }
tbody th { color: inherit; font-weight: inherit; text-align: left; }
th.group { text-align: center; }
th i { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 50%; margin-right: 0.45em; }
th button { border: 0; background: none; padding: 0; font-weight: 600; color: var(--soft); }
.table { margin: 12px 0; }
.table .scroll { margin: 0; }
.tools { display: flex; flex-wrap: wrap; gap: 6px 10px; align-items: center; margin: 4px 0; font-size: 0.85rem; }
.tools .end { margin-left: auto; display: flex; gap: 6px; }
.tools label { display: inline-flex; gap: 4px; align-items: center; }
.keys { display: flex; flex-wrap: wrap; gap: 2px 12px; margin: 2px 0; padding: 0; border: 0; font-size: 0.85rem; }
.keys label { display: inline-flex; align-items: center; gap: 4px; cursor: pointer; }
.keys i { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 50%; }
figure[data-part] { --plot-background: var(--paper); }
figure svg { display: block; overflow: visible; }
.note { font-size: 0.82rem; color: var(--soft); margin: 2px 0 0; }
.axis { cursor: crosshair; touch-action: none; }
.axis:focus-visible { outline: none; }
.axis:focus-visible .reach { stroke: #2e86ab; stroke-width: 2; }
.reach { fill: transparent; stroke: none; }
.brush { fill: currentColor; fill-opacity: 0.16; stroke: currentColor; stroke-opacity: 0.6; pointer-events: none; }
#trials .scroll { max-height: 70vh; overflow: auto; }
#trials thead th { position: sticky; top: 0; background: var(--paper); }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; font-variant-numeric: tabular-nums; }
dl.facts dt { color: var(--soft); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.command { display: flex; gap: 8px; align-items: start; } .command pre { flex: 1; margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 600px) {
  main { padding: 12px 14px 48px; }
  .bar { padding: 6px 14px; gap: 10px; } .bar .home { display: none; }
  h1 { font-size: 1.35rem; }
  th, td { padding: 5px 7px; }
  dl.facts { grid-template-columns: 1fr; gap: 0; } dl.facts dd { margin-bottom: 8px; }
}
@media print {
  .bar, .tools, .skip, .keys input { display: none !important; }
  .scroll, #trials .scroll { overflow: visible; max-height: none; }
  main { max-width: none; padding: 0; } table { font-size: 8pt; } th, td { padding: 2px 5px; } thead th { white-space: normal; }
  section { break-inside: auto; } tr { break-inside: avoid; } #trials thead th { position: static; }
  body { font-size: 10.5pt; }
}
`;
