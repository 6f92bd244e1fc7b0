using System.CommandLine;
using Tda.Bench.Running;
using Tda.GatewayHost.Terminal;
using Tda.ProxyTrainer.Engine;

namespace Tda.Bench.Peers;

/// <summary>`peers`: other libraries for attribution on the same weights, documents and queries, from checkouts that the user names.</summary>
internal static class PeersCommand
{
    /// <summary>No agreement at all.</summary>
    public const string None = "none";

    public static Command Build()
    {
        var checkouts = new Option<string?>("--checkouts") { Description = $"Folder with a checkout of each of {string.Join(", ", PeerCheckouts.Names)}, in a folder of its name." };
        var peers = new Option<string[]>("--peers") { Description = "Those to compare with. Default all.", DefaultValueFactory = _ => [], AllowMultipleArgumentsPerToken = true };
        var home = new Option<string>("--home") { Description = "Tda home that keeps texts and surrogate.", DefaultValueFactory = _ => "bench-peers" };
        var documents = new Option<int>("--documents") { Description = "Documents, a full row of 128 tokens each.", DefaultValueFactory = _ => 640 };
        var rounds = new Option<int>("--rounds") { Description = "Interleaved rounds.", DefaultValueFactory = _ => 3 };
        var only = new Option<string>("--only") { Description = "Works whose name contains this; =NAME: that one alone.", DefaultValueFactory = _ => "" };
        var agree = new Option<string>("--agree")
        {
            Description = $"Agreements measured first, of ekfac, logra, trak and seeds: those whose name contains this; {None}: those of an earlier run of the same documents stay, and its indexes are used.",
            DefaultValueFactory = _ => "",
        };
        var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };
        var command = new Command("peers", "kronfluence, LogIX and dattri on the same weights, documents and queries: processor time, memory, agreement of scores. Half an hour.")
        {
            checkouts, peers, home, documents, rounds, only, agree, results,
        };
        command.SetAction(async (parse, cancel) =>
        {
            var found = PeerCheckouts.In(parse.GetValue(checkouts), parse.GetValue(peers)!);
            TensorEngine.Configure(new EngineOptions { Threads = 1, Device = "cpu" });
            using var progress = new ConsoleProgress(TimeProvider.System);
            var place = new TdaHome(Path.GetFullPath(parse.GetValue(home)!));
            var data = new PeerData(place, parse.GetValue(documents), progress, cancel);
            var tokens = await data.EnsureAsync().ConfigureAwait(false);
            var folder = parse.GetValue(results)!;
            var earlier = ResultFile.Read<PeerReport>(folder, "peers") is { } kept && kept.Documents == parse.GetValue(documents) ? kept : null;
            var report = new PeerReport(TimeProvider.System.GetUtcNow(), Machine.Inspect(), parse.GetValue(documents), tokens, PeerData.Queries)
            {
                Agreements = earlier?.Agreements ?? [],
                Rows = earlier?.Rows ?? [],
                Libraries = earlier?.Libraries ?? new Dictionary<string, string>(),
            };
            var study = new PeerStudy(place, data, found, done => done.Write(folder));
            await study.RunAsync(report, parse.GetValue(rounds), parse.GetValue(agree)!, parse.GetValue(only)!, cancel).ConfigureAwait(false);
            return 0;
        });
        return command;
    }
}
