using System.Collections.Concurrent;

namespace Tda.Gateway.Logprobs;

/// <summary>Which models have refused log-probabilities; they are not asked again while the process lives.</summary>
internal sealed class LogprobRefusals
{
    // Names come from clients, and memory is not theirs to fill. Beyond this, a refusing model costs its second request each time.
    private const int MostModels = 4096;

    private readonly ConcurrentDictionary<(string Route, string Model), byte> _models = new();

    public bool Contains(string route, string? model) => _models.ContainsKey((route, model ?? ""));

    public void Add(string route, string? model)
    {
        if (_models.Count < MostModels)
        {
            _models.TryAdd((route, model ?? ""), 0);
        }
    }
}
