using Microsoft.Data.Sqlite;
using Tda.Store.Sql;

namespace Tda.Store.Sqlite;

/// <summary>Inserts rows through statements that are prepared once for the writer's life.</summary>
internal sealed class SqliteInserter : IDisposable
{
    private readonly SqliteCommand _exchange;
    private readonly SqliteCommand _blob;
    private readonly SqliteCommand _words;
    private readonly SqliteCommand _tag;

    public SqliteInserter(SqliteConnection connection)
    {
        string[] names = ["place", .. ExchangeColumns.All.Select(column => column.Name)];
        _exchange = Command(
            connection,
            $"""
            INSERT INTO exchanges ({ExchangeColumns.Names}) SELECT {string.Join(", ", names.Select(name => "@" + name))}
            WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE id = @id) ON CONFLICT DO NOTHING
            """,
            names);
        _blob = Command(
            connection,
            "INSERT INTO blobs (hash, refs, bytes) VALUES (@hash, 1, @bytes) ON CONFLICT (hash) DO UPDATE SET refs = refs + 1",
            "hash",
            "bytes");
        _words = Command(
            connection,
            "INSERT INTO exchange_words (rowid, prompt, response) VALUES (@place, @prompt, @response)",
            "place",
            "prompt",
            "response");
        _tag = Command(
            connection,
            "INSERT INTO exchange_tags (name, value, place) VALUES (@name, @value, @place) ON CONFLICT DO NOTHING",
            "name",
            "value",
            "place");
    }

    public HashSet<string> Insert(SqliteTransaction transaction, IReadOnlyList<ExchangeRow> rows, CancellationToken cancellationToken)
    {
        foreach (var command in Commands())
        {
            command.Transaction = transaction;
        }

        var inserted = new HashSet<string>(rows.Count);
        foreach (var row in rows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Run(_exchange, [row.Place, .. row.Values]) == 0)
            {
                continue;
            }

            inserted.Add(row.Exchange.Id);
            InsertBlob(row.RequestBlob, row.Exchange.RequestBody);
            InsertBlob(row.ResponseBlob, row.Exchange.ResponseBody);
            if (row.Prompt is not null || row.Response is not null)
            {
                Run(_words, row.Place, row.Prompt, row.Response);
            }

            foreach (var (name, value) in row.Exchange.Tags)
            {
                Run(_tag, StoredText.Of(name), StoredText.Of(value), row.Place);
            }
        }

        return inserted;
    }

    public void Dispose()
    {
        foreach (var command in Commands())
        {
            command.Dispose();
        }
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, params string[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new("@" + parameter, DBNull.Value));
        }

        return command;
    }

    private static int Run(SqliteCommand command, params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        return command.ExecuteNonQuery();
    }

    private void InsertBlob(byte[]? hash, RecordedBody body)
    {
        if (hash is not null)
        {
            Run(_blob, hash, body.Bytes);
        }
    }

    private SqliteCommand[] Commands() => [_exchange, _blob, _words, _tag];
}
