using Tda.Curation.Measures;

namespace Tda.Cli.Demo;

/// <summary>What the demo came to.</summary>
/// <param name="Run">Name of the run.</param>
/// <param name="Report">Path of `report.html`.</param>
/// <param name="Scorecard">Every line of it was measured in this run.</param>
public sealed record DemoResult(string Run, string Report, Scorecard Scorecard);
