using Microsoft.Data.Sqlite;

namespace Tda.Bench.Gateway.Processes;

/// <summary>Holds a SQLite database's write lock, so that nobody else can write, until its input ends.</summary>
internal static class StoreLock
{
    public static async Task<int> RunAsync(string database)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, DefaultTimeout = 60, Pooling = false }.ToString());
        await connection.OpenAsync();
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "BEGIN EXCLUSIVE";
        await command.ExecuteNonQueryAsync();
        Console.WriteLine("locked");
        await Console.In.ReadToEndAsync();
        command.CommandText = "ROLLBACK";
        await command.ExecuteNonQueryAsync();
        return 0;
    }
}
