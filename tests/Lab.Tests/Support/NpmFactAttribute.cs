using System.Runtime.CompilerServices;
namespace Tda.Lab.Tests.Support;

/// <summary>A test that needs the npm package <c>openai</c>; skipped, with npm's reason, only when it can't be installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NpmFactAttribute : FactAttribute
{
    public NpmFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = Task.Run(NpmOpenAI.Unavailable).GetAwaiter().GetResult(); // an attribute can't await
}
