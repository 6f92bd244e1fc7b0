using System.Data.Common;
using Npgsql;
using Tda.Store.Sql;

namespace Tda.Store.Postgres;

/// <summary>Inserts a batch with one statement a table: each column travels as an array.</summary>
internal static class PostgresInserter
{
    // A tsvector holds at most 1 MiB, so that longer texts could not be stored at all.
    private const int MostIndexedCharacters = 250_000;

    private static readonly string InsertExchanges = $"""
        INSERT INTO exchanges ({ExchangeColumns.Names}, words)
        SELECT u.place, {string.Join(", ", ExchangeColumns.All.Select(column => "u." + column.Name))}, to_tsvector('simple', u.words)
        FROM unnest(
                @place::bigint[], {string.Join(", ", ExchangeColumns.All.Select(column => $"@{column.Name}::{column.PostgresType}[]"))}, @words::text[])
            AS u ({ExchangeColumns.Names}, words)
        WHERE NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.id = u.id)
        ON CONFLICT DO NOTHING RETURNING id
        """;

    private const string InsertBlobs = """
        INSERT INTO blobs (hash, refs, bytes) SELECT * FROM unnest(@hashes::bytea[], @refs::bigint[], @bytes::bytea[])
        ON CONFLICT (hash) DO UPDATE SET refs = blobs.refs + excluded.refs
        """;

    private const string InsertTags = """
        INSERT INTO exchange_tags (name, value, place)
        SELECT * FROM unnest(@names::text[], @values::text[], @places::bigint[]) ON CONFLICT DO NOTHING
        """;

    public static async Task<HashSet<string>> InsertAsync(
        DbTransaction transaction, IReadOnlyList<ExchangeRow> rows, CancellationToken cancellationToken)
    {
        var connection = (NpgsqlConnection)transaction.Connection!;
        var inserted = new HashSet<string>(rows.Count);
        await using (var exchanges = new NpgsqlCommand(InsertExchanges, connection, (NpgsqlTransaction)transaction))
        {
            exchanges.Parameters.Add(new("place", rows.Select(row => row.Place).ToArray()));
            foreach (var (index, column) in ExchangeColumns.All.Index())
            {
                exchanges.Parameters.Add(new(column.Name, column.ToArray(rows.Select(row => row.Values[index]))));
            }

            exchanges.Parameters.Add(new("words", rows.Select(Words).ToArray()));
            await using var reader = await exchanges.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                inserted.Add(reader.GetString(0));
            }
        }

        var there = rows.Where(row => inserted.Contains(row.Exchange.Id)).ToList();
        await InsertBlobsAsync(connection, transaction, there, cancellationToken);
        await InsertTagsAsync(connection, transaction, there, cancellationToken);
        return inserted;
    }

    private static async Task InsertBlobsAsync(
        NpgsqlConnection connection, DbTransaction transaction, List<ExchangeRow> rows, CancellationToken cancellationToken)
    {
        // Sorted, so that two writers with the same contents can't wait for each other.
        var blobs = new SortedDictionary<string, (byte[] Hash, byte[] Bytes, long Refs)>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            Add(row.RequestBlob, row.Exchange.RequestBody);
            Add(row.ResponseBlob, row.Exchange.ResponseBody);
        }

        if (blobs.Count > 0)
        {
            await using var command = new NpgsqlCommand(InsertBlobs, connection, (NpgsqlTransaction)transaction);
            command.Parameters.Add(new("hashes", blobs.Values.Select(blob => blob.Hash).ToArray()));
            command.Parameters.Add(new("refs", blobs.Values.Select(blob => blob.Refs).ToArray()));
            command.Parameters.Add(new("bytes", blobs.Values.Select(blob => blob.Bytes).ToArray()));
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        void Add(byte[]? hash, RecordedBody body)
        {
            if (hash is not null)
            {
                var key = Convert.ToHexString(hash);
                blobs[key] = (hash, body.Bytes, blobs.GetValueOrDefault(key).Refs + 1);
            }
        }
    }

    private static async Task InsertTagsAsync(
        NpgsqlConnection connection, DbTransaction transaction, List<ExchangeRow> rows, CancellationToken cancellationToken)
    {
        var tags = rows.SelectMany(row => row.Exchange.Tags.Select(tag => (tag.Key, tag.Value, row.Place))).ToList();
        if (tags.Count > 0)
        {
            await using var command = new NpgsqlCommand(InsertTags, connection, (NpgsqlTransaction)transaction);
            command.Parameters.Add(new("names", tags.Select(tag => StoredText.Of(tag.Key)).ToArray()));
            command.Parameters.Add(new("values", tags.Select(tag => StoredText.Of(tag.Value)).ToArray()));
            command.Parameters.Add(new("places", tags.Select(tag => tag.Place).ToArray()));
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static string? Words(ExchangeRow row)
    {
        if (row.Prompt is null && row.Response is null)
        {
            return null;
        }

        // Half each at least: a long prompt must not keep the response out.
        var response = SearchText.Words(row.Response, MostIndexedCharacters / 2);
        return SearchText.Words(row.Prompt, MostIndexedCharacters - response.Length) + " " + response;
    }
}
