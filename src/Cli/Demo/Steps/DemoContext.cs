namespace Tda.Cli.Demo.Steps;

/// <summary>What every step of the demo gets.</summary>
/// <param name="Place">Where things are.</param>
/// <param name="Options">What decides the figures.</param>
/// <param name="Progress">Bars and lines.</param>
/// <param name="Cancel">Cancelled by Ctrl+C.</param>
public sealed record DemoContext(DemoPlace Place, DemoOptions Options, IProgressSink Progress, CancellationToken Cancel)
{
    /// <summary>Clock of manifests.</summary>
    public TimeProvider Time => TimeProvider.System;

    /// <summary>The same context with bars that carry a name.</summary>
    public DemoContext Named(string name) => this with { Progress = new NamedProgress(Progress, name) };
}
