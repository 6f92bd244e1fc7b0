using ParquetSharp;
using Tda.Curation.Exports;
using Tda.TestKit;

namespace Tda.Curation.Tests.Exports;

/// <summary>A run's tables hold what its files hold: the same numbers in Parquet, read by another library, and in JSON Lines.</summary>
public sealed class RunExporterTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly FakeTimeProvider _time = new();

    public RunExporterTests()
    {
        ScoreRow[] rows = [new("a", "ham", 1, 5), new("b", "spam", 1, 4), new("b", "spam", 4, 9), new("c", "ham", 1, 3), new("d", "ham", 1, 3)];
        ExplainedQuery[] queries =
        [
            new("q1", "why?", "so") { Label = "harm", Fidelity = new AnswerFidelity(10, 1, 4, 8, .5) },
            new("q2", "how?", "thus"),
            new("q3", "when?", "never") { Abstained = true },
        ];
        using var run = ScoreRunWriter.Create(_temp["run"], new ScoreHeader("logra", .1, 5), queries, rows, _time);
        run.Append([1, 2, .5f, -1, 1]);
        run.Append([-1, -2, -3, -4, 0]);
        run.WriteTop([
            new DocumentScore("b", "spam", 2.5, .5556, 1) { Query = "q1", Name = "mail/7", Z = 1.5, Interval = new ValueInterval(2, 3) },
            new DocumentScore("a", "ham", 1, .2222, 2) { Query = "q1", Calibrated = new CalibratedChange(.25, new ValueInterval(.1, .4)) },
        ]);
        run.WriteTokens([new TokenScore("b", 1, 0, 2, .5) { Query = "q1" }, new TokenScore("b", 2, 2, 4, -.25) { Query = "q1" }]);
        run.Commit();
    }

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Run_Scores_RankEveryDocumentForEveryQuery()
    {
        var report = await ExportAsync(RunExportFormat.Jsonl);

        var lines = Lines("scores.jsonl");
        Assert.Equal(
            [
                ("q1", "b", 2.5, 1, 2.5 / 4.5), ("q1", "a", 1d, 2, 1 / 4.5), ("q1", "d", 1d, 3, 1 / 4.5), ("q1", "c", -1d, 4, 0d),
                ("q2", "d", 0d, 1, 0d), ("q2", "a", -1d, 2, 0d), ("q2", "c", -4d, 3, 0d), ("q2", "b", -5d, 4, 0d),
            ],
            lines.Select(line => (Text(line, "query"), Text(line, "document"), line.GetProperty("score").GetDouble(), line.GetProperty("rank").GetInt32(), line.GetProperty("share").GetDouble())));
        Assert.Equal("queries.jsonl 3, scores.jsonl 8, tokens.jsonl 2, top.jsonl 2", string.Join(", ", report.Rows.Select(file => $"{file.Key} {file.Value}")));
    }

    [Fact]
    public async Task Run_EveryTable_HoldsTheSameInParquetAndJsonLines()
    {
        await ExportAsync(RunExportFormat.Jsonl);
        await ExportAsync(RunExportFormat.Parquet, "tables");

        foreach (var table in new[] { "scores", "top", "tokens", "queries" })
        {
            var columns = Read(_temp[$"tables/{table}.parquet"]);
            var lines = Lines($"{table}.jsonl");
            foreach ((var name, var values) in columns)
            {
                Assert.Equal(
                    lines.Select(line => line.TryGetProperty(name, out var value) ? value.GetRawText() : "null"),
                    values.Select(value => JsonSerializer.Serialize(value, JsonDefaults.Options)));
            }

            // No member is missing among the columns, and each column is described.
            Assert.Subset(columns.Keys.ToHashSet(), lines.SelectMany(line => line.EnumerateObject().Select(member => member.Name)).ToHashSet());
            var readme = await File.ReadAllTextAsync(_temp["tables/README.md"], TestContext.Current.CancellationToken);
            Assert.All(columns.Keys, name => Assert.Contains($"| `{name}` | ", readme, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Run_Export_IsAnArtifactWithItsRunAndTheSameBytesEachTime()
    {
        await ExportAsync(RunExportFormat.Parquet);
        await ExportAsync(RunExportFormat.Parquet, "again");

        var first = ArtifactDirectory.Open(_temp["out"], "tda.run-export", 1);
        var second = ArtifactDirectory.Open(_temp["again"], "tda.run-export", 1);
        Assert.Equal(first.Manifest.Outputs, second.Manifest.Outputs);
        Assert.Equal(["runs/run/manifest.json"], first.Manifest.Inputs.Keys);
    }

    [Fact]
    public async Task Run_PlaceThatIsTaken_IsReplacedOnlyWhereItIsAnExportAndThatIsAsked()
    {
        await ExportAsync(RunExportFormat.Parquet);
        Assert.Contains("exists already", (await Assert.ThrowsAsync<UsageException>(() => ExportAsync(RunExportFormat.Parquet))).Message, StringComparison.Ordinal);
        await ExportAsync(RunExportFormat.Jsonl, replace: true);
        Assert.True(File.Exists(_temp["out/top.jsonl"]));

        _temp.Write("own/precious.txt", "keep me");
        var error = await Assert.ThrowsAsync<UsageException>(() => ExportAsync(RunExportFormat.Jsonl, "own", replace: true));
        Assert.Contains("a folder that tda didn't export", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(_temp["own/precious.txt"]));
    }

    [Fact]
    public async Task Run_WithoutTokensAndTop_WritesEmptyTables()
    {
        using (var run = ScoreRunWriter.Create(_temp["bare"], new ScoreHeader("logra", .1, 1), [new ExplainedQuery("q", "", "")], [new("a", "web", 1, 2)], _time))
        {
            run.Append([1]);
            run.Commit();
        }

        await RunExporter.RunAsync(
            new RunExportOptions { RunDirectory = _temp["bare"], OutputPath = _temp["bare-out"], As = RunExportFormat.Parquet }, _time, NullProgress.Instance, default);

        Assert.All(Read(_temp["bare-out/tokens.parquet"]).Values, Assert.Empty);
        Assert.Single(Read(_temp["bare-out/scores.parquet"])["score"]);
    }

    private Task<RunExportReport> ExportAsync(RunExportFormat format, string name = "out", bool replace = false) => RunExporter.RunAsync(
        new RunExportOptions { RunDirectory = _temp["run"], OutputPath = _temp[name], As = format, Replace = replace }, _time, NullProgress.Instance, default);

    private JsonElement[] Lines(string file) => [.. File.ReadLines(_temp[$"out/{file}"]).Select(line => JsonDocument.Parse(line).RootElement)];

    private static string Text(JsonElement line, string name) => line.GetProperty(name).GetString()!;

    private static Dictionary<string, List<object?>> Read(string path)
    {
        using var file = new ParquetFileReader(path);
        var schema = file.FileMetaData.Schema;
        var table = Enumerable.Range(0, schema.NumColumns).ToDictionary(i => schema.Column(i).Name, _ => new List<object?>());
        for (var group = 0; group < file.FileMetaData.NumRowGroups; group++)
        {
            using var rows = file.RowGroup(group);
            for (var column = 0; column < schema.NumColumns; column++)
            {
                using var reader = rows.Column(column).LogicalReader();
                table[schema.Column(column).Name].AddRange(reader.Apply(new Values((int)rows.MetaData.NumRows)));
            }
        }

        return table;
    }

    private sealed class Values(int rows) : ILogicalColumnReaderVisitor<IEnumerable<object?>>
    {
        public IEnumerable<object?> OnLogicalColumnReader<TValue>(LogicalColumnReader<TValue> reader) =>
            [.. reader.ReadAll(rows).Select(value => (object?)value)];
    }
}
