using System.Data.Common;
using System.Text.Json;
using Dapper;

namespace Tda.Store.Sql;

/// <summary>Removes exchanges with their words, tags, feedback, and the bodies that no other exchange uses.</summary>
internal static class SqlRemover
{
    public static async Task RemoveAsync(
        ISqlDialect dialect, DbTransaction transaction, IReadOnlyList<RemovedRow> rows, bool forGood, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection!;
        var places = rows.Select(row => row.Place).ToList();
        await dialect.ForgetWordsAsync(transaction, places, forGood, cancellationToken);
        foreach (var table in (string[])["feedback", "feedback_labels", "exchanges"])
        {
            var (condition, value) = dialect.Among("place", "places", places);
            var parameters = new DynamicParameters();
            parameters.Add("places", value);
            await connection.ExecuteAsync(SqlAccess.Command($"DELETE FROM {table} WHERE {condition}", parameters, cancellationToken, transaction));
        }

        var tags = rows.SelectMany(row => TagsOf(row).Select(tag => new { name = tag.Key, value = tag.Value, place = row.Place })).ToList();
        await connection.ExecuteAsync(SqlAccess.Command(Statements.DropTag, tags, cancellationToken, transaction));

        // In the order of hashes, as inserts take them, so that two writers can't wait for each other.
        var hashes = rows.SelectMany(row => (byte[]?[])[row.RequestBlob, row.ResponseBlob]).OfType<byte[]>()
            .OrderBy(Convert.ToHexString, StringComparer.Ordinal).Select(hash => new { hash }).ToList();
        await connection.ExecuteAsync(SqlAccess.Command(Statements.ReleaseBlob, hashes, cancellationToken, transaction));
        await connection.ExecuteAsync(SqlAccess.Command(Statements.DropBlob, hashes, cancellationToken, transaction));
    }

    private static Dictionary<string, string> TagsOf(RemovedRow row) =>
        row.Tags == "{}" ? [] : JsonSerializer.Deserialize<Dictionary<string, string>>(row.Tags, JsonDefaults.Options) ?? [];
}
