using Tda.Curation.Plans;
using Tda.Pipeline.Tests.Demo;
using Tda.TestKit;

namespace Tda.Pipeline.Tests.Duplicates;

/// <summary>MinHash on real mail against brute force: what is wrongly dropped, and what is missed. The figures stand in docs/methods.</summary>
public sealed class RealDuplicatesTests(ITestOutputHelper output) : IDisposable
{
    private const double Threshold = .8;
    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task MinHash_RealMailWithPlantedEdits_FindsWhatBruteForceFinds()
    {
        await NpmPackages.RequireAsync();
        var mails = await PlantedMails.ReadAsync(planted: 3000);
        var plan = _directory["curation.yaml"];
        File.WriteAllText(plan, FormattableString.Invariant($"stages:\n  - minhash: {{ threshold: {Threshold} }}\n"));
        var stage = PlanFile.Read(plan, new StageServices()).Stages[0].Stage;

        var decisions = stage.Decide(StageDocuments.Of([.. mails.Documents]), new StageContext(NullProgress.Instance, TestContext.Current.CancellationToken)).ToList();

        var places = mails.Documents.Index().ToDictionary(item => item.Item.Id, item => item.Index);
        var gone = decisions.Select(decision => places[decision.Id]).ToHashSet();
        double Similarity(int a, int b) => mails.Pairs.GetValueOrDefault((Math.Min(a, b), Math.Max(a, b)));

        // Precision: every dropped document is as similar to the twin that stays as it says.
        var right = decisions.Count(decision => Similarity(places[decision.Id], places[decision.Twin!]) >= Threshold && !gone.Contains(places[decision.Twin!]));
        Assert.All(decisions, decision => Assert.Equal(Similarity(places[decision.Id], places[decision.Twin!]), decision.Value!.Value, 12));

        // Recall: of pairs that brute force finds, one of the two is gone.
        (double From, double To)[] bands = [(.8, .82), (.82, .85), (.85, .9), (.9, 1.01)];
        foreach (var (from, to) in bands)
        {
            var pairs = mails.Pairs.Where(pair => pair.Value >= from && pair.Value < to).Select(pair => pair.Key).ToList();
            var found = pairs.Count(pair => gone.Contains(pair.Item1) || gone.Contains(pair.Item2));
            output.WriteLine($"{from:F2} to {to:F2}: {found} of {pairs.Count}, {(double)found / pairs.Count:P2}");
            Assert.True(pairs.Count >= 100, $"only {pairs.Count} pairs from {from} to {to}");
            Assert.True(found >= .95 * pairs.Count, $"{found} of {pairs.Count} pairs from {from} to {to} were found");
        }

        var far = mails.Pairs.Where(pair => pair.Value is >= .7 and < Threshold).Select(pair => pair.Key).ToList();
        output.WriteLine($"{mails.Documents.Count} mails, {gone.Count} dropped, {right} of them rightly; {far.Count} pairs from 0.70 to 0.80");
        Assert.True(right >= .99 * gone.Count, $"{gone.Count - right} of {gone.Count} documents were wrongly dropped");
        Assert.True(far.Count >= 100);
    }

    public void Dispose() => _directory.Dispose();
}
