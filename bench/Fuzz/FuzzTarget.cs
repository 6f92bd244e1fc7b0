namespace Tda.Bench.Fuzz;

/// <summary>Something that takes any bytes.</summary>
/// <param name="Name">What the report calls it.</param>
/// <param name="Corpus">Valid inputs.</param>
/// <param name="Check">Feeds an input; throws when something is wrong. Whatever it draws comes from the mutator.</param>
internal sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Corpus, Action<byte[], Mutator> Check);
