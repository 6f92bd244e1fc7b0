namespace Tda.ProxyTrainer.Tests.Drift;

/// <summary>Made-up feature vectors and texts of known distributions.</summary>
internal static class Samples
{
    /// <summary>Vectors from N(shift, 1) in the first coordinate and N(0, 1) in the others, as bounded features: their cosines and sines.</summary>
    public static float[] Vector(SplitMix64 random, int width, double shift = 0) =>
        [.. Enumerable.Range(0, width).Select(i => (float)(Math.Sqrt(2.0 / width) * Math.Sin(random.NextNormal() + (i == 0 ? shift : 0))))];

    /// <summary>A sentence of words drawn from a list.</summary>
    public static string Sentence(SplitMix64 random, IReadOnlyList<string> words, int length = 8) =>
        string.Join(' ', Enumerable.Range(0, length).Select(_ => words[random.NextInt(words.Count)]));
}
