using System.Diagnostics;

namespace Tda.Bench.Gateway.Processes;

/// <summary>SQLite's way of being away: another process keeps the write lock.</summary>
internal sealed class SqliteBreaker : IStoreBreaker
{
    private readonly Process _holder;

    private SqliteBreaker(Process holder) => _holder = holder;

    /// <summary>Starts the process; it does not lock yet.</summary>
    public static async Task<IStoreBreaker> StartAsync(string database)
    {
        var start = Programs.Child(ChildRoles.StoreLock, database);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        var breaker = new SqliteBreaker(Process.Start(start)!);
        await breaker.ExpectAsync("ready");
        return breaker;
    }

    public async Task BreakAsync()
    {
        await _holder.StandardInput.WriteLineAsync("lock");
        await _holder.StandardInput.FlushAsync();
        await ExpectAsync("locked");
    }

    public async Task RepairAsync()
    {
        _holder.StandardInput.Close();
        await _holder.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await RepairAsync();
        _holder.Dispose();
    }

    private async Task ExpectAsync(string line)
    {
        if (await _holder.StandardOutput.ReadLineAsync() != line)
        {
            throw new TdaException("the lock on the store was not to be had; the child's message stands above");
        }
    }
}
