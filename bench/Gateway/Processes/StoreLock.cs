using Microsoft.Data.Sqlite;

namespace Tda.Bench.Gateway.Processes;

/// <summary>Holds a SQLite database's write lock, so that nobody else can write, from the first line of its input to the end of it.</summary>
internal static class StoreLock
{
    public static async Task<int> RunAsync(string database)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, DefaultTimeout = 60, Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA busy_timeout = 60000";
        await command.ExecuteNonQueryAsync();
        Console.WriteLine("ready");
        await Console.In.ReadLineAsync();
        command.CommandText = "BEGIN EXCLUSIVE";
        await command.ExecuteNonQueryAsync();
        Console.WriteLine("locked");
        await Console.In.ReadToEndAsync();
        command.CommandText = "ROLLBACK";
        await command.ExecuteNonQueryAsync();
        return 0;
    }
}
