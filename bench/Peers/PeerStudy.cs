using Tda.Bench.Gateway;
using Tda.Bench.Running;
using Tda.Core.Arrays;
using Tda.ProxyTrainer.Models;
using Tda.Scoring.Index;
using Tda.Scoring.Methods.Projected;
using Tda.TestKit;

namespace Tda.Bench.Peers;

/// <summary>
/// The comparison: 1. do both sides compute the same loss? 2. agreement of scores, each side's own noise beside; what it leaves is what later works
/// score from; 3. rounds, in each of which every side does every work once, in a process of its own and in an order that turns.
/// </summary>
internal sealed class PeerStudy(TdaHome home, PeerData data, PeerCheckouts peers, Action<PeerReport> write)
{
    private const double LossTolerance = 1e-4;
    private const int Dimension = 512;

    // Rows in a batch of dattri's TRAK, whose projector draws its matrix anew for each.
    private const int TrakBatch = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    private readonly string _work = Path.Combine(home.Root, "peers");
    private readonly SortedDictionary<string, string> _libraries = new(StringComparer.Ordinal);
    private object? _config;
    private double _trakDamping;

    private delegate Task<PeerSample> Side(CancellationToken cancel);

    public async Task RunAsync(PeerReport report, int rounds, string agree, string only, CancellationToken cancel)
    {
        // 1.
        var ours = await OursAsync(new PeerWork { Job = "plain", Home = home.Root }).ConfigureAwait(false);
        var theirs = await TheirsAsync("peer_plain.py", null, new { }).ConfigureAwait(false);
        if (!(Math.Abs(theirs.Loss!.Value / ours.Loss!.Value - 1) < LossTolerance))
        {
            throw new TdaException(string.Create(CultureInfo.InvariantCulture, $"the documents' losses differ, {ours.Loss} against {theirs.Loss} nats: not the same model"));
        }

        // 2.
        await AgreeAsync(agree, agreement =>
        {
            PeerReport.Print(agreement);
            report = report with
            {
                Agreements = [.. report.Agreements.Where(known => (known.First, known.Second) != (agreement.First, agreement.Second)), agreement],
                Libraries = Merged(report),
            };
            write(report);
        }).ConfigureAwait(false);

        // 3.
        if (rounds > 0 && _trakDamping == 0 && peers["dattri"] is not null)
        {
            await OurTrakAsync(0).ConfigureAwait(false);
        }

        var before = report.Rows;
        var works = Works().Where(work => CaseChoice.Means(only, work.Name)).ToArray();
        PeerRow[] rows = [.. works.Select(work => new PeerRow(work.Name, work.Sides.ToDictionary(side => side.Name, _ => new List<PeerSample>())))];
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (work, row) in works.Zip(rows))
            {
                for (var i = 0; i < work.Sides.Count; i++)
                {
                    var (name, side) = work.Sides[(i + round) % work.Sides.Count];
                    row.Samples[name].Add(await side(cancel).ConfigureAwait(false));
                }

                PeerReport.Print(row);
            }

            report = report with { Rows = [.. before.Where(row => rows.All(own => own.Work != row.Work)), .. rows], Libraries = Merged(report) };
            write(report);
        }
    }

    private Dictionary<string, string> Merged(PeerReport report) => report.Libraries.Where(known => !_libraries.ContainsKey(known.Key)).Concat(_libraries).ToDictionary();

    // Scores of each pair, and what else is left by making them: indexes `ekfac-0` and `logra-RANK-0` and their counterparts.
    private async Task AgreeAsync(string agree, Action<PeerAgreement> found)
    {
        (string Name, Func<Action<PeerAgreement>, Task> Run)[] parts = [("ekfac", AgreeOnEkfacAsync), ("logra", AgreeOnLograAsync), ("trak", AgreeOnTrakAsync), ("seeds", AgreeWithSelvesAsync)];
        foreach (var part in parts.Where(part => agree != PeersCommand.None && CaseChoice.Means(agree, part.Name)))
        {
            await part.Run(found).ConfigureAwait(false);
        }
    }

    private async Task AgreeOnEkfacAsync(Action<PeerAgreement> found)
    {
        var ekfac = new List<(string Name, List<double[]> Scores)>();
        foreach (var (name, seed, labels) in ((string, long, bool)[])[("0", 0, false), ("1", 1, false), ("true", 0, true)])
        {
            await OursAsync(Index($"ekfac-{name}") with { Seed = seed, TrueLabels = labels }).ConfigureAwait(false);
            ekfac.Add(($"tda, EK-FAC, {Labels(name)}", await AttributedAsync($"ekfac-{name}").ConfigureAwait(false)));
            if (peers["kronfluence"] is not null)
            {
                await TheirsAsync("peer_kronfluence.py", "kronfluence", new { work = "fit", store = Store($"kronfluence-{name}"), seed, true_labels = labels }).ConfigureAwait(false);
                ekfac.Add(($"kronfluence, {Labels(name)}", await ScoredAsync(
                    $"kronfluence-{name}", file => TheirsAsync(
                        "peer_kronfluence.py", "kronfluence", new { work = "scores", store = Store($"kronfluence-{name}", keep: true), true_labels = labels, scores = file })).ConfigureAwait(false)));
            }
        }

        Pairs(ekfac, found);
    }

    private async Task AgreeOnLograAsync(Action<PeerAgreement> found)
    {
        foreach (var rank in Ranks)
        {
            var logra = new List<(string Name, List<double[]> Scores)>();
            foreach (var seed in (long[])[0, 1])
            {
                await OursAsync(Index($"logra-{rank}-{seed}") with { Kind = IndexMethod.Logra, Rank = rank, Seed = seed }).ConfigureAwait(false);
                logra.Add(($"tda, LoGra {rank}, seed {seed}", await AttributedAsync($"logra-{rank}-{seed}").ConfigureAwait(false)));
                if (peers["dattri"] is not null)
                {
                    logra.Add(($"dattri, LoGra {rank}, seed {seed}", await ScoredAsync(
                        $"dattri-{rank}-{seed}", file => TheirsAsync("peer_dattri.py", "dattri", new { work = "logra", rank, seed, store = Store("dattri"), scores = file })).ConfigureAwait(false)));
                }

                if (peers["logix"] is not null)
                {
                    logra.Add(($"LogIX, LoGra {rank}, seed {seed}", await LogixAsync($"logix-{rank}-{seed}", rank, seed, null).ConfigureAwait(false)));
                }
            }

            if (peers["logix"] is not null)
            {
                var projections = Path.Combine(home.IndexesDirectory, $"logra-{rank}-0", IndexDirectory.ProjectionsFile);
                logra.Add(($"LogIX, LoGra {rank}, tda's projections 0", await LogixAsync($"logix-{rank}-given", rank, 0, projections).ConfigureAwait(false)));
            }

            Pairs(logra, found);
        }
    }

    // What is projected, and has no counterpart that runs here: each with itself under another seed; TRAK with what it estimates too.
    private async Task AgreeWithSelvesAsync(Action<PeerAgreement> found)
    {
        foreach (var method in (string[])["trackstar", "lorif", "trak"])
        {
            var own = new List<(string Name, List<double[]> Scores)>();
            foreach (var seed in (long[])[0, 1])
            {
                own.Add(($"tda, {method}, all documents, seed {seed}", await AttributedAsync($"ekfac-{seed}", method).ConfigureAwait(false)));
            }

            if (method == "trak")
            {
                own.Add(("tda, trak, all documents, without a projection", await AttributedAsync("ekfac-0", "trak", Exact).ConfigureAwait(false)));
            }

            Pairs(own, found);
        }
    }

    private async Task AgreeOnTrakAsync(Action<PeerAgreement> found)
    {
        var trak = new List<(string Name, List<double[]> Scores)>();
        foreach (var seed in (long[])[0, 1])
        {
            trak.Add(($"tda, TRAK {Dimension}, seed {seed}", await OurTrakAsync(seed).ConfigureAwait(false)));

            if (peers["dattri"] is not null)
            {
                trak.Add(($"dattri, TRAK {Dimension}, seed {seed}", await ScoredAsync($"dattri-trak-{seed}", file => DattriTrakAsync(seed, file)).ConfigureAwait(false)));
            }
        }

        trak.Add(("tda, TRAK without a projection", await AttributedAsync("few-0", "trak", Exact).ConfigureAwait(false)));
        Pairs(trak, found);
    }

    private async Task<List<double[]>> OurTrakAsync(long seed)
    {
        await OursAsync(Index($"few-{seed}") with { Corpus = PeerData.Few, Seed = seed }).ConfigureAwait(false);
        var scores = await AttributedAsync($"few-{seed}", "trak").ConfigureAwait(false);
        if (seed == 0)
        {
            // Ours divides ΦᵀΦ by N, theirs doesn't.
            using var run = ScoreRun.Open(Path.Combine(home.RunsDirectory, "few-0-trak"));
            _trakDamping = run.Header.Damping * run.Header.N;
        }

        return scores;
    }

    private static readonly ProjectedOptions Exact = new() { TrakProjection = TrakProjection.Exact };

    private static string Labels(string name) => name == "true" ? "true labels" : $"labels of seed {name}";

    private static readonly int[] Ranks = [16, 32];

    // The default's alone is timed.
    private static readonly int[] TimedRanks = [16];

    private static void Pairs(List<(string Name, List<double[]> Scores)> sides, Action<PeerAgreement> found)
    {
        for (var i = 0; i < sides.Count; i++)
        {
            for (var j = i + 1; j < sides.Count; j++)
            {
                found(PeerAgreement.Of(sides[i].Name, sides[i].Scores, sides[j].Name, sides[j].Scores));
            }
        }
    }

    private IEnumerable<(string Name, List<(string Name, Side Run)> Sides)> Works()
    {
        yield return Work("forward and backward", new PeerWork { Job = "plain", Home = home.Root },
            (null, "pytorch", () => TheirsAsync("peer_plain.py", null, new { })));
        var fit = Work("EK-FAC fit, all tokens", Index("timed"),
            ("kronfluence", "kronfluence", () => TheirsAsync("peer_kronfluence.py", "kronfluence", new { work = "fit", store = Store("kronfluence-timed") })));
        fit.Sides.Add(("tda, nothing kept", _ => OursAsync(Index("timed") with { KeptMebibytes = 0 })));
        fit.Sides.Add(("tda, default sample", _ => OursAsync(Index("timed") with { CovarianceTokens = IndexOptions.DefaultCovarianceTokens })));
        yield return fit;
        yield return Work("EK-FAC scores", Attribute("ekfac-0"),
            ("kronfluence", "kronfluence", () => TheirsAsync("peer_kronfluence.py", "kronfluence", new { work = "scores", store = Store("kronfluence-0", keep: true) })));
        foreach (var rank in TimedRanks)
        {
            yield return Work($"LoGra logging, rank {rank}", Index("timed") with { Kind = IndexMethod.Logra, Rank = rank },
                ("logix", "LogIX", () => TheirsAsync("peer_logix.py", "logix", new { work = "index", rank, store = Store("logix-timed") })),
                ("dattri", "dattri", () => TheirsAsync("peer_dattri.py", "dattri", new { work = "logra", rank, store = Store("dattri") })));
            yield return Work($"scores from the store, rank {rank}", Attribute($"logra-{rank}-0"),
                ("logix", "LogIX", () => TheirsAsync("peer_logix.py", "logix", new { work = "scores", rank, store = Store($"logix-{rank}-0", keep: true) })));
        }

        yield return Work($"TRAK, p = {Dimension}, {PeerData.FewDocuments} documents", Attribute("few-0", "trak"), ("dattri", "dattri", () => DattriTrakAsync(0, null)));
    }

    private (string Name, List<(string Name, Side Run)> Sides) Work(
        string name, PeerWork ours, params (string? Checkout, string Name, Func<Task<PeerSample>> Run)[] others) =>
        (name, [(PeerRow.Own, _ => OursAsync(ours)), .. others.Where(o => o.Checkout is null || peers[o.Checkout] is not null).Select(o => (o.Name, new Side(_ => o.Run())))]);

    private PeerWork Index(string name) => new() { Job = "index", Home = home.Root, Index = name };

    private PeerWork Attribute(string index, string? method = null, ProjectedOptions? options = null) => new()
    {
        Job = "attribute",
        Home = home.Root,
        Index = index,
        Method = method,
        Run = method is null ? index : $"{index}-{method}",
        Projected = options ?? new ProjectedOptions { TrakDimension = Dimension },
    };

    private Task<PeerSample> DattriTrakAsync(long seed, string? scores) => TheirsAsync(
        "peer_dattri.py", "dattri", new { work = "trak", seed, dimension = Dimension, regularization = _trakDamping, trak_batch = TrakBatch, documents = PeerData.FewDocuments, scores });

    private async Task<List<double[]>> LogixAsync(string name, int rank, long seed, string? projections)
    {
        var store = Store(name);
        await TheirsAsync("peer_logix.py", "logix", new { work = "index", rank, seed, store, projections }).ConfigureAwait(false);
        return await ScoredAsync(name, file => TheirsAsync("peer_logix.py", "logix", new { work = "scores", rank, seed, store, projections, scores = file })).ConfigureAwait(false);
    }

    private async Task<List<double[]>> AttributedAsync(string index, string? method = null, ProjectedOptions? options = null)
    {
        var work = Attribute(index, method, options);
        await OursAsync(work).ConfigureAwait(false);
        return Read(Path.Combine(home.RunsDirectory, work.Run, "scores.npy"));
    }

    private async Task<List<double[]>> ScoredAsync(string name, Func<string, Task<PeerSample>> score)
    {
        var file = Path.Combine(_work, $"{name}.npy");
        await score(file).ConfigureAwait(false);
        return Read(file);
    }

    private static List<double[]> Read(string file)
    {
        using var scores = NpyArray<float>.Open(file);
        return [.. Enumerable.Range(0, (int)scores.Shape[0]).Select(q => (double[])[.. scores.Row(q).ToArray().Select(score => (double)score)])];
    }

    // A folder of a peer's own: empty, unless it is kept.
    private string Store(string name, bool keep = false)
    {
        var folder = Path.Combine(_work, name);
        if (!keep && Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        return folder;
    }

    private async Task<PeerSample> OursAsync(PeerWork work)
    {
        var file = Path.Combine(_work, "work.json");
        File.WriteAllText(file, JsonSerializer.Serialize(work));
        await using var child = ChildProcess.StartManaged(typeof(PeerStudy).Assembly.GetName().Name!, [ChildRoles.Verb, ChildRoles.Peers, file]);
        return Sample($"tda, {work.Job}", await child.ExitAsync(Patience).ConfigureAwait(false));
    }

    private async Task<PeerSample> TheirsAsync(string script, string? library, object options)
    {
        _config ??= Config();
        var all = JsonSerializer.SerializeToNode(options)!.AsObject();
        foreach (var (key, value) in JsonSerializer.SerializeToNode(_config)!.AsObject())
        {
            all[key] = value?.DeepClone();
        }

        all["checkout"] = library is null ? null : peers[library];
        await using var child = ChildProcess.Start(
            PythonModel.Interpreter, [Path.Combine(AppContext.BaseDirectory, "python", script), all.ToJsonString()],
            new Dictionary<string, string?> { ["OMP_NUM_THREADS"] = "1", ["OPENBLAS_NUM_THREADS"] = "1", ["PYTHONDONTWRITEBYTECODE"] = null });
        var sample = Sample(library ?? "pytorch", await child.ExitAsync(Patience).ConfigureAwait(false));
        _libraries["pytorch"] = sample.Torch!;
        if (library is not null)
        {
            _libraries[library] = $"{sample.Version}; stood in for: {string.Join(", ", sample.StoodIn!)}".TrimStart(';', ' ');
        }

        return sample;
    }

    private static PeerSample Sample(string name, ProcessResult result)
    {
        var line = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
        return result.ExitCode == 0 && line is not null
            ? JsonSerializer.Deserialize<PeerSample>(line, JsonDefaults.Options)!
            : throw new TdaException($"{name} ended with {result.ExitCode}: {result.Error}");
    }

    private object Config()
    {
        var folder = home.SurrogateDirectory(PeerData.Name);
        return new
        {
            batch = PeerData.BatchRows,
            data = data.Arrays,
            weights = Path.Combine(folder, "model.safetensors"),
            config = PythonModel.Of(ModelConfigFile.Read(Path.Combine(folder, "config.json"))),
        };
    }
}
