using System.Runtime.CompilerServices;
namespace Tda.Gateway.Tests.Deploy;

/// <summary>A test that needs a program of the system; where it is not installed, the test is reported as skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProgramFactAttribute : FactAttribute
{
    public ProgramFactAttribute(string program, [CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (!File.Exists(program))
        {
            Skip = $"{program} is not installed";
        }
    }
}
