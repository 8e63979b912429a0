/**
 * The colours of pictures and page. Okabe and Ito's, which people who see few colours can tell apart; where two things could
 * be confused all the same, form or a word tells them apart too.
 */
export const STYLE = `
.scorecard { --paper: #ffffff; --ink: #1b1f24; --soft: #59636e; --rule: #d1d9e0; --act: #0072b2; --lease: #56b4e9; --fault: #f4dfb0; --fault-line: #a86b00; --alarm: #c44a00; --alarm-fill: #d55e0040; --key: #009e73; }
@media (prefers-color-scheme: dark) {
.scorecard { --paper: #0d1117; --ink: #e6edf3; --soft: #9aa4af; --rule: #3a424c; --act: #4aa8e0; --lease: #b3d9f2; --fault: #4a3a12; --fault-line: #e6b54a; --alarm: #ff8a4c; --alarm-fill: #ff8a4c40; --key: #2fc296; }
}
svg.scorecard { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
.scorecard .paper { fill: var(--paper); }
.scorecard text { fill: var(--ink); }
.scorecard text.soft { fill: var(--soft); }
.scorecard text.alarm { fill: var(--alarm); }
.scorecard .strong { font-weight: 600; }
.scorecard .rule { stroke: var(--rule); }
.scorecard .act { fill: var(--act); }
.scorecard .lease { fill: var(--lease); }
.scorecard .pause { fill: none; stroke: var(--ink); stroke-dasharray: 3 2; }
.scorecard .key { fill: none; stroke: var(--key); stroke-width: 1.5; }
.scorecard .fault { fill: var(--fault); }
.scorecard .fault-line { stroke: var(--fault-line); }
.scorecard .alarm-band { fill: var(--alarm-fill); stroke: var(--alarm); }
`;
