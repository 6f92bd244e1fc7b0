using Tda.ProxyTrainer.Models;

namespace Tda.Bench.Running;

/// <summary>What Python is told: which interpreter runs, and a model's shape as <c>models.py</c> reads it.</summary>
internal static class PythonModel
{
    /// <summary>The interpreter, which has torch and numpy.</summary>
    public static string Interpreter => Environment.GetEnvironmentVariable("TDA_BENCH_PYTHON") ?? "/usr/bin/python3";

    /// <summary>A shape, to be serialised.</summary>
    public static object Of(ModelConfig config) => new
    {
        family = config.Family.ToString().ToLowerInvariant(),
        vocabulary_size = config.VocabularySize,
        hidden_size = config.HiddenSize,
        layers = config.Layers,
        heads = config.Heads,
        intermediate_size = config.IntermediateSize,
        max_positions = config.MaxPositions,
        norm_epsilon = config.NormEpsilon,
        rope_theta = config.RopeTheta,
    };
}
