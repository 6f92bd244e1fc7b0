using Tda.Bench.Running;

namespace Tda.Bench.Verbs;

/// <summary>What a call costs beyond its arithmetic: small operators in a loop, against Python on the same LibTorch.</summary>
internal sealed class DispatchBenchmark : IBenchmark
{
    public string Name => "dispatch";

    public string Description => "Overhead of one operator call, against Python: x + y, mm, sum and item, the gradient of a small graph.";

    public async IAsyncEnumerable<CaseResult> RunAsync(BenchOptions options)
    {
        var calls = options.Quick ? 20_000 : 200_000;
        foreach ((var name, var title, var work, var share) in Operations())
        {
            if (!options.Wants(title))
            {
                continue;
            }

            using var operators = new SmallOperators();
            var count = calls / share;
            var ours = new LocalContender("tda", () =>
            {
                for (var i = 0; i < count; i++)
                {
                    work(operators);
                }
            });
            var python = await PythonContender.StartAsync("python", "dispatch.py", new { operation = name, calls = count }).ConfigureAwait(false);
            var rounds = await Rounds.RunAsync(options.Rounds, ours, python).ConfigureAwait(false);
            yield return CaseResult.Of(title, count, "calls", rounds, ("python", "tda"));
        }
    }

    private static IEnumerable<(string Name, string Title, Action<SmallOperators> Work, int Share)> Operations() =>
    [
        ("add", "x + y, 4 × 4", o => o.Add(), 1),
        ("mm", "mm, 32 × 32", o => o.Mm(), 1),
        ("sum_item", "sum and item, 4 × 4", o => o.SumItem(), 1),
        ("autograd", "gradient of mm, tanh, sum, 4 × 4", o => o.Autograd(), 10),
    ];
}
