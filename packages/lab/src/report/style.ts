/** The report's only style sheet. */
export const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --line: #d9dee3; --paper: #fff; --panel: #f6f8fa; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ec; --soft: #9aa4ae; --line: #343b43; --paper: #14171a; --panel: #1c2024; }
}
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
@media print { details { display: block; } h2 { break-before: page; } figure { break-inside: avoid; } }
`;
