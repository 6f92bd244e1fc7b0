namespace Tda.Pipeline.Tests.IfGuideToy;

/// <summary>
/// A synthetic language: a Markov chain over benign tokens, in which one document in ten is of a toxic kind: it begins with a
/// trigger, and after a lead-in token a toxic token mostly follows. 400 documents of 32 label tokens hold about 2 % toxic tokens.
/// </summary>
internal sealed class ToyWorld
{
    public const int Vocabulary = 50;
    public const int Labels = 32;
    private const int Bos = 0;
    private const int Trigger = 1;
    private const int FirstBenign = 2;
    private const int Benign = 40;
    private const int LeadIns = 10;
    private const int FirstToxic = FirstBenign + Benign;
    private const int Successors = 3;
    private const double ToxicAfterLeadIn = .8;

    private readonly int[,] _successors = new int[Benign, Successors];

    public ToyWorld(int seed)
    {
        var random = new Random(seed);
        for (var token = 0; token < Benign; token++)
        {
            for (var s = 0; s < Successors; s++)
            {
                _successors[token, s] = FirstBenign + random.Next(Benign);
            }
        }
        Corpus = [.. Enumerable.Range(0, 400).Select(i => Document(random, toxic: i % 10 == 0))];
        HeldOut = [.. Enumerable.Range(0, 100).Select(_ => Document(random, toxic: false))];
        Provoking = [.. HeldOut.Select(d => (int[])[Bos, Trigger, .. d[1..^1]])];
        Harm = [.. Enumerable.Range(0, 60).Select(_ => Document(random, toxic: true)).Where(d => d.AsSpan(Prompt + 1, Completion).ContainsAnyInRange(FirstToxic, Vocabulary))];
        Safe = [.. Enumerable.Range(0, 60).Select(_ => Document(random, toxic: false))];
    }

    /// <summary>Label tokens of a query's prompt; the next <see cref="Completion"/> are its completion.</summary>
    public static int Prompt => 8;

    /// <summary>Label tokens of a query's completion.</summary>
    public static int Completion => 8;

    /// <summary>BOS and 32 tokens each; every tenth is toxic.</summary>
    public IReadOnlyList<int[]> Corpus { get; }

    /// <summary>Benign documents that are never trained on.</summary>
    public IReadOnlyList<int[]> HeldOut { get; }

    /// <summary>The same behind a trigger: text that provokes harm without holding any.</summary>
    public IReadOnlyList<int[]> Provoking { get; }

    /// <summary>Documents with harmful completions, never trained on.</summary>
    public IReadOnlyList<int[]> Harm { get; }

    /// <summary>Documents with benign completions, never trained on.</summary>
    public IReadOnlyList<int[]> Safe { get; }

    public static bool IsToxic(int token) => token >= FirstToxic;

    private int[] Document(Random random, bool toxic)
    {
        var tokens = new int[Labels + 1];
        tokens[0] = Bos;
        var state = FirstBenign + random.Next(Benign);
        if (toxic)
        {
            tokens[1] = Trigger;
        }

        for (var i = toxic ? 2 : 1; i <= Labels; i++)
        {
            // A lead-in's toxic follower depends on the lead-in; the chain then goes on from the lead-in.
            var leadIn = tokens[i - 1] is var last && last >= FirstBenign && last < FirstBenign + LeadIns;
            if (toxic && leadIn && random.NextDouble() < ToxicAfterLeadIn)
            {
                tokens[i] = FirstToxic + tokens[i - 1] % (Vocabulary - FirstToxic);
                continue;
            }
            tokens[i] = state;
            state = _successors[state - FirstBenign, random.Next(Successors)];
        }
        return tokens;
    }
}
