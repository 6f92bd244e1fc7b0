namespace TorchSharp.Modes;

/// <summary>A mode belongs to a thread: ending it on another one, after an await for example, would change that one's mode.</summary>
internal static class ThreadCheck
{
    internal static void Require(int thread, string mode)
    {
        if (Environment.CurrentManagedThreadId != thread)
            throw new InvalidOperationException($"{mode} began on another thread: do not await inside it.");
    }
}
