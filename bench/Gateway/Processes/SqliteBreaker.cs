using System.Diagnostics;
using Tda.Core.Errors;

namespace Tda.Bench.Gateway.Processes;

/// <summary>SQLite's way of being away: another process keeps the write lock.</summary>
internal sealed class SqliteBreaker(string database) : IStoreBreaker
{
    private Process? _holder;

    public async Task BreakAsync()
    {
        ProcessStartInfo start = Programs.Child(ChildRoles.StoreLock, database);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        _holder = Process.Start(start)!;
        if (await _holder.StandardOutput.ReadLineAsync() != "locked")
            throw new TdaException($"the lock on {database} was not to be had; the child's message stands above");
    }

    public async Task RepairAsync()
    {
        if (_holder is null)
            return;
        _holder.StandardInput.Close();
        await _holder.WaitForExitAsync();
        _holder.Dispose();
        _holder = null;
    }

    public async ValueTask DisposeAsync() => await RepairAsync();
}
