using Tda.Gateway.Configuration;

namespace Tda.Pipeline.Tests.Docs;

/// <summary>Limits stand in tables that name the constant; the tables are compared with the code.</summary>
public class LimitTests
{
    [Theory]
    [InlineData("docs/operations.md", 20)]
    [InlineData("docs/formats.md", 8)]
    public void Limits_InTables_AreTheCodes(string page, int atLeast)
    {
        var rows = MarkdownFile.Open(page).Rows("limit", "value", "constant").ToList();
        string[] wrong =
        [
            .. rows.Select(row => (row.Line, Text: row.Cells[1], Constant: row.Cells[2], Value: CodeConstants.ValueOf(row.Cells[2])))
                .Where(row => !Says(row.Text, row.Value))
                .Select(row => $"{page}:{row.Line}: {row.Constant} is {row.Value}, not {row.Text}"),
        ];

        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
        Assert.True(rows.Count >= atLeast, $"{page} has {rows.Count} limits: the table is no longer found, or lost rows");
    }

    private static bool Says(string text, object value) => value is TimeSpan time
        ? ConfigUnits.TryDuration(text, out var duration) && duration == time
        : ConfigUnits.TrySize(text.Replace(",", "", StringComparison.Ordinal), out var number) && number == Convert.ToInt64(value, CultureInfo.InvariantCulture);
}
