using System.Diagnostics;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using DuckDB.NET.Data;
using Tda.Bench.Gateway.Processes;
using Tda.Curation.Plans;

namespace Tda.Bench.Curation;

/// <summary>One contender's search for duplicates, in a process of its own, so that its memory can be told.</summary>
/// <param name="Contender">One of the names below.</param>
/// <param name="Corpus">The corpus.</param>
/// <param name="Threshold">Jaccard similarity from which documents are duplicates.</param>
/// <param name="Output">Where the pairs go: of a document and the one that stays, or of all that are like each other.</param>
internal sealed record DedupWork(string Contender, string Corpus, double Threshold, string Output)
{
    public const string Tda = "tda minhash";
    public const string BruteForce = "brute force";
    public const string DuckDbJoin = "DuckDB, join of n-grams";
    public const string DuckDbMinHash = "DuckDB, minhash";
    private const int Threads = 2;

    /// <summary>Does the work that one argument of JSON says.</summary>
    public static Task<int> RunAsync(string options)
    {
        var work = JsonSerializer.Deserialize<DedupWork>(options)!;
        Console.WriteLine(JsonSerializer.Serialize(work.Contender switch
        {
            Tda => work.ByTda(),
            BruteForce => work.ByBruteForce(),
            DuckDbJoin => work.ByDuckDb(Join),
            _ => work.ByDuckDb(MinHash),
        }));
        return Task.FromResult(0);
    }

    /// <summary>As a plan runs it: from the stored corpus, which it reads three times.</summary>
    private DedupCost ByTda()
    {
        var plan = Output + ".yaml";
        File.WriteAllText(plan, FormattableString.Invariant($"stages:\n  - minhash: {{ threshold: {Threshold}, words: {DedupCorpus.Grams} }}\n"));
        var stage = PlanFile.Read(plan, new StageServices()).Stages[0].Stage;
        var corpus = global::Tda.Core.Corpora.Corpus.Open(Corpus);
        return Measure(() => stage.Decide(new StageDocuments(corpus.Documents, corpus.Count), new StageContext(NullProgress.Instance, default))
            .Select(decision => new DedupPair(decision.Id, decision.Twin!, decision.Value!.Value)));
    }

    /// <summary>Every document against every other, over sorted hashes; the texts are read before.</summary>
    private DedupCost ByBruteForce()
    {
        var documents = global::Tda.Core.Corpora.Corpus.Open(Corpus).Documents()
            .Select(document => (document.Id, Set: Hashes(document.Text))).ToList();
        return Measure(() =>
            from b in Enumerable.Range(1, documents.Count - 1)
            from a in Enumerable.Range(0, b)
            let similarity = Similarity(documents[a].Set, documents[b].Set)
            where similarity >= Threshold
            select new DedupPair(documents[a].Id, documents[b].Id, similarity));
    }

    /// <summary>In SQL, over a table that is there before.</summary>
    private DedupCost ByDuckDb(string search)
    {
        using var connection = new DuckDBConnection($"DataSource={Output}.duckdb");
        connection.Open();
        Execute(connection, FormattableString.Invariant($"SET threads = {Threads}; SET memory_limit = '6GB'; SET preserve_insertion_order = false; CREATE TABLE docs (id VARCHAR, text VARCHAR)"));
        using (var rows = connection.CreateAppender("docs"))
        {
            foreach (var document in global::Tda.Core.Corpora.Corpus.Open(Corpus).Documents())
            {
                rows.CreateRow().AppendValue(document.Id).AppendValue(document.Text).EndRow();
            }
        }

        Execute(connection, "CHECKPOINT");
        return Measure(() => Query(connection, search));
    }

    private IEnumerable<DedupPair> Query(DuckDBConnection connection, string search)
    {
        Execute(connection, $"""
            CREATE TEMP TABLE sets AS
            SELECT id, list_distinct(list_transform(range(1, len(w) - 3), i -> hash(w[i:i + 4]))) AS grams
            FROM (SELECT id, string_split(upper(text), ' ') AS w FROM docs);
            {search}
            """);
        using var command = connection.CreateCommand();
        command.CommandText = FormattableString.Invariant($"SELECT a, b, similarity FROM found WHERE similarity >= {Threshold}");
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            yield return new DedupPair(reader.GetString(0), reader.GetString(1), reader.GetDouble(2));
        }
    }

    /// <summary>Exact: n-grams in common, counted by a join.</summary>
    private const string Join = """
        CREATE TEMP TABLE grams AS SELECT id, len(grams) AS n, unnest(grams) AS g FROM sets;
        CREATE TEMP TABLE found AS
        SELECT a.id AS a, b.id AS b, count(*) / (any_value(a.n) + any_value(b.n) - count(*)) AS similarity
        FROM grams a JOIN grams b ON a.g = b.g AND a.id < b.id
        GROUP BY a.id, b.id;
        """;

    /// <summary>The same bands as Tda's at .8, 17 of 7 rows, and the same exact verification.</summary>
    private const string MinHash = """
        CREATE TEMP TABLE signatures AS
        SELECT id, list_transform(range(119), s -> list_min(list_transform(grams, g -> hash(g, s)))) AS signature FROM sets;
        CREATE TEMP TABLE bands AS
        SELECT id, band, hash(signature[band * 7 + 1:band * 7 + 7]) AS key FROM signatures, range(17) t(band);
        CREATE TEMP TABLE found AS
        WITH pairs AS (SELECT DISTINCT a.id AS a, b.id AS b FROM bands a JOIN bands b ON a.band = b.band AND a.key = b.key AND a.id < b.id),
        counted AS (
            SELECT a, b, len(list_intersect(x.grams, y.grams)) AS common, len(x.grams) + len(y.grams) AS total
            FROM pairs JOIN sets x ON x.id = a JOIN sets y ON y.id = b)
        SELECT a, b, common / (total - common) AS similarity FROM counted;
        """;

    private DedupCost Measure(Func<IEnumerable<DedupPair>> search)
    {
        GC.Collect();
        var before = ProcessStats.ResidentBytes(Environment.ProcessId);
        var (start, cpu) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
        var pairs = 0L;
        using (var writer = new StreamWriter(Output))
        {
            foreach (var pair in search())
            {
                writer.WriteLine(FormattableString.Invariant($"{pair.A}\t{pair.B}\t{pair.Value:R}"));
                pairs++;
            }
        }

        return new DedupCost(
            Stopwatch.GetElapsedTime(start).TotalSeconds, (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds, pairs,
            before, ProcessStats.PeakBytes(Environment.ProcessId));
    }

    private static void Execute(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static ulong[] Hashes(string text) =>
        [.. DedupPair.Set(text.Split(' ')).Select(gram => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(gram.AsSpan()))).Order()];

    private static double Similarity(ulong[] a, ulong[] b)
    {
        var (i, j, common) = (0, 0, 0);
        while (i < a.Length && j < b.Length)
        {
            var (left, right) = (a[i], b[j]);
            common += left == right ? 1 : 0;
            i += left <= right ? 1 : 0;
            j += right <= left ? 1 : 0;
        }

        return (double)common / (a.Length + b.Length - common);
    }
}

/// <summary>What a search took.</summary>
/// <param name="Seconds">By the clock.</param>
/// <param name="CpuSeconds">Of processor time, all threads.</param>
/// <param name="Pairs">Pairs that it told.</param>
/// <param name="BytesBefore">Resident before it.</param>
/// <param name="PeakBytes">The most resident, with what was there before.</param>
internal sealed record DedupCost(double Seconds, double CpuSeconds, long Pairs, long BytesBefore, long PeakBytes);
