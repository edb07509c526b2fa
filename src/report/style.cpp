#include "report/style.h"

namespace godwit::report {

const std::string_view style_sheet = R"css(
:root {
  color-scheme: light dark;
  --paper: #ffffff; --card: #f5f6f8; --ink: #1b1f24; --soft: #57606a; --rule: #d8dde3; --track: #e9ecf0;
  --measured: #1a7f4b; --simulated: #2463c9; --estimated: #a65f00; --quoted: #6b6f76;
  --p0: #2463c9; --p1: #c2571a; --p2: #1a7f4b; --p3: #8b4bb3; --p4: #a8890c; --p5: #b83a5e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --card: #1d2127; --ink: #e6e9ed; --soft: #9ba5b0; --rule: #343b44; --track: #272d35;
    --measured: #4cc38a; --simulated: #79a9ff; --estimated: #e8a33d; --quoted: #a7adb5;
    --p0: #79a9ff; --p1: #f0955a; --p2: #4cc38a; --p3: #c490e8; --p4: #d9bd4a; --p5: #f0809f;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
header, nav, main, footer { max-width: 60rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .8rem; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.8rem 0 .7rem; padding-top: .9rem; border-top: 1px solid var(--rule); }
p { margin: .6rem 0; max-width: 46rem; }
a { color: inherit; text-decoration-color: var(--soft); text-underline-offset: .15em; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--simulated); outline-offset: 2px; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.1rem; margin: 0; font-size: .94rem; }
dl.facts dt { color: var(--soft); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
nav { font-size: .9rem; color: var(--soft); margin-top: 1.1rem; }
nav a { display: inline-block; padding: .15rem 0; margin-right: .95rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(13.2rem, 1fr)); gap: .75rem; margin: .9rem 0; }
.tile { background: var(--card); border-radius: .5rem; padding: .8rem .95rem; }
.tile .label { color: var(--soft); font-size: .86rem; line-height: 1.35; }
.tile .value { font-size: 1.5rem; font-weight: 600; line-height: 1.35; font-variant-numeric: tabular-nums; }
.tile .value.none { color: var(--soft); font-weight: 400; }
.tile .note { color: var(--soft); font-size: .8rem; line-height: 1.35; }
.mark { white-space: nowrap; font-size: .74rem; font-weight: 600; letter-spacing: .01em; }
.mark a { text-decoration: none; }
.mark .kind { border: 1px solid currentColor; border-radius: .25rem; padding: 0 .28rem; }
.measured { color: var(--measured); } .simulated { color: var(--simulated); }
.estimated { color: var(--estimated); } .quoted { color: var(--quoted); }
.scroll { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .38rem .9rem .38rem 0; border-bottom: 1px solid var(--rule); }
th { color: var(--soft); font-weight: 500; white-space: nowrap; }
td:not(.number) { min-width: 7.5rem; } td.number, th.number { text-align: right; white-space: nowrap; }
td.strong { font-weight: 600; } .remark { color: var(--soft); font-weight: 400; font-size: .8rem; }
th:last-child, td:last-child { padding-right: 0; }
tbody th { color: inherit; }
details { margin: .6rem 0; }
summary { cursor: pointer; color: var(--soft); font-size: .9rem; }
figure { margin: 1rem 0 .4rem; }
figcaption { color: var(--soft); font-size: .86rem; max-width: 46rem; margin-top: .35rem; }
.missing { border-left: 3px solid var(--estimated); padding: .35rem .9rem; background: var(--card); }
blockquote { margin: .8rem 0; padding: .9rem 1.1rem; background: var(--card); border-radius: .5rem; white-space: pre-wrap;
  overflow-wrap: anywhere; font-family: Georgia, "Times New Roman", "DejaVu Serif", serif; font-size: 1.06rem; }
blockquote b { color: var(--soft); font-weight: 400; }
code { font: .84rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
ol.sources { padding-left: 2.1rem; font-size: .9rem; }
ol.sources li { margin: .35rem 0; overflow-wrap: anywhere; }
ol.sources li:target { background: var(--card); }
footer { color: var(--soft); font-size: .86rem; padding-top: 1.5rem; padding-bottom: 3rem; }
svg { display: block; width: 100%; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
svg.narrow { display: none; }
svg text { fill: var(--ink); } svg .tick, svg .axis, svg .roof-name { fill: var(--soft); }
svg .amount { font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--rule); stroke-width: 1; } svg .stem { stroke: var(--rule); stroke-width: 2; }
svg .track { fill: var(--track); } svg .roof { fill: none; stroke: var(--ink); stroke-width: 2; }
svg .dot { stroke: var(--paper); stroke-width: 1.5; } svg .dot.ours { stroke: var(--ink); }
svg .measured { fill: var(--measured); } svg .simulated { fill: var(--simulated); }
svg .estimated { fill: var(--estimated); } svg .quoted { fill: var(--quoted); }
svg .part-0 { fill: var(--p0); } svg .part-1 { fill: var(--p1); } svg .part-2 { fill: var(--p2); }
svg .part-3 { fill: var(--p3); } svg .part-4 { fill: var(--p4); } svg .part-5 { fill: var(--p5); }
@media (max-width: 40rem) {
  body { font-size: 15px; }
  header { padding-top: 1.5rem; }
  h1 { font-size: 1.5rem; }
  header, nav, main, footer { padding-left: 1rem; padding-right: 1rem; }
  dl.facts { grid-template-columns: 1fr; gap: 0; } dl.facts dd { margin-bottom: .35rem; }
  .tiles { grid-template-columns: 1fr 1fr; gap: .5rem; } .tile { padding: .65rem .7rem; } .tile .value { font-size: 1.2rem; }
  svg.wide { display: none; } svg.narrow { display: block; }
}
@media print { details > * { display: block; } nav { display: none; } }
)css";

}  // namespace godwit::report
