using System.Runtime.CompilerServices;
using Xunit;

namespace Tda.TestKit;

/// <summary>A test that mounts a small disk; skipped, with the reason, where this user may not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line) => Skip = Task.Run(WhyNotAsync).GetAwaiter().GetResult(); // an attribute can't await

    private static async Task<string?> WhyNotAsync()
    {
        using var folder = new TempDirectory();
        try
        {
            await using var disk = await SmallDisk.MountAsync(folder["disk"], kilobytes: 64);
            return null;
        }
        catch (Exception error) when (error is IOException or System.ComponentModel.Win32Exception)
        {
            return $"a small disk can't be mounted here: {error.Message}";
        }
    }
}
