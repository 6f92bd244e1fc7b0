namespace Tda.Lab.Generation;

/// <summary>
/// Draws the tokens of one sequence from rows of logits: temperature, then top-p, then a draw from the sequence's own
/// generator. BOS, padding and ids that the tokenizer does not have are never emitted.
/// </summary>
public sealed class TokenSampler
{
    private readonly SamplingSettings _settings;
    private readonly int[] _banned;
    private readonly float[] _weights;
    private readonly int[] _order;
    private readonly SplitMix64 _random;

    /// <summary>A sampler for one sequence, with its own seed (see <see cref="SplitMix64.SequenceSeed"/>).</summary>
    public TokenSampler(ITokenizer tokenizer, SamplingSettings settings, ulong seed)
    {
        _settings = settings;
        _banned = new[] { tokenizer.BosId, tokenizer.PadId }.Where(id => id >= 0 && id != tokenizer.EosId).Distinct().ToArray();
        _weights = new float[tokenizer.VocabularySize];
        _order = settings.TopP < 1 ? new int[_weights.Length] : [];
        _random = new SplitMix64(seed);
    }

    /// <summary>Draws the next token. The logits (one row) of banned ids are overwritten.</summary>
    public GeneratedToken Next(Span<float> logits)
    {
        logits = logits[..Math.Min(logits.Length, _weights.Length)];
        foreach (var id in _banned)
        {
            if (id < logits.Length)
            {
                logits[id] = float.NegativeInfinity;
            }
        }

        var best = ArgMax(logits);
        if (!float.IsFinite(logits[best]))
        {
            throw new TdaException("The model's logits are not finite: its weights are damaged, or training diverged. Train it again.");
        }

        var chosen = _settings.Temperature == 0 ? best : Draw(logits, logits[best]);
        if (_settings.TopLogprobs is not { } alternatives)
        {
            return new GeneratedToken(chosen, float.NaN, []);
        }

        var normaliser = LogNormaliser(logits, logits[best]);
        return new GeneratedToken(chosen, (float)(logits[chosen] - normaliser), Top(logits, alternatives, normaliser));
    }

    /// <summary>
    /// What the model says of each token of a sequence but its first, as training sees it: nothing is kept out of the distribution.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="tokens">The sequence, BOS first.</param>
    /// <param name="alternatives">Most likely tokens to tell at each place.</param>
    public static IReadOnlyList<GeneratedToken> Score(ITextModel model, int[] tokens, int alternatives)
    {
        var logits = model.Logits(tokens);
        var scored = new List<GeneratedToken>();
        for (var i = 1; i < tokens.Length; i++)
        {
            var row = logits.AsSpan((i - 1) * model.VocabularySize, model.VocabularySize);
            var normaliser = LogNormaliser(row, row[ArgMax(row)]);
            var known = row[..Math.Min(row.Length, model.Tokenizer.VocabularySize)]; // a padded embedding has ids without a text
            scored.Add(new GeneratedToken(tokens[i], (float)(row[tokens[i]] - normaliser), Top(known, alternatives, normaliser)));
        }

        return scored;
    }

    private static int ArgMax(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best])
            {
                best = i;
            }
        }

        return best;
    }

    private static double LogNormaliser(ReadOnlySpan<float> logits, float maximum)
    {
        double total = 0;
        foreach (var logit in logits)
        {
            total += MathF.Exp(logit - maximum);
        }

        return maximum + Math.Log(total);
    }

    private int Draw(ReadOnlySpan<float> logits, float maximum)
    {
        var inverse = 1 / (float)_settings.Temperature;
        double total = 0;
        for (var i = 0; i < logits.Length; i++)
        {
            total += _weights[i] = MathF.Exp((logits[i] - maximum) * inverse);
        }

        return _settings.TopP < 1 ? DrawFromNucleus(logits.Length, total) : DrawFromAll(logits.Length, _random.NextDouble() * total);
    }

    private int DrawFromAll(int count, double target)
    {
        var last = 0;
        for (var i = 0; i < count; i++)
        {
            if (_weights[i] == 0)
            {
                continue;
            }

            last = i;
            target -= _weights[i];
            if (target < 0)
            {
                break;
            }
        }

        return last;
    }

    private int DrawFromNucleus(int count, double total)
    {
        // Ties are broken by id, so that the order (and with it the draw) never depends on the sort's inner workings.
        var ids = _order.AsSpan(0, count);
        for (var i = 0; i < count; i++)
        {
            ids[i] = i;
        }

        ids.Sort((a, b) => _weights[b] != _weights[a] ? _weights[b].CompareTo(_weights[a]) : a - b);

        var size = 0;
        double mass = 0;
        while (size < count && (size == 0 || mass < _settings.TopP * total))
        {
            mass += _weights[ids[size++]];
        }

        var target = _random.NextDouble() * mass;
        for (var i = 0; i < size - 1; i++)
        {
            target -= _weights[ids[i]];
            if (target < 0)
            {
                return ids[i];
            }
        }

        return ids[size - 1];
    }

    private static IReadOnlyList<TokenCandidate> Top(ReadOnlySpan<float> logits, int count, double normaliser)
    {
        if (count == 0)
        {
            return [];
        }

        var top = new PriorityQueue<int, float>(count + 1);
        for (var i = 0; i < logits.Length; i++)
        {
            if (float.IsNegativeInfinity(logits[i]))
            {
                continue;
            }

            if (top.Count < count)
            {
                top.Enqueue(i, logits[i]);
            }
            else if (top.TryPeek(out _, out var least) && logits[i] > least)
            {
                top.DequeueEnqueue(i, logits[i]);
            }
        }

        var candidates = new List<TokenCandidate>(top.Count);
        while (top.TryDequeue(out var id, out var logit))
        {
            candidates.Add(new TokenCandidate(id, (float)(logit - normaliser)));
        }

        candidates.Reverse();
        return candidates;
    }
}

/// <summary>How one completion is drawn.</summary>
public sealed record SamplingSettings
{
    /// <summary>0 to 2; 0 is greedy. Default 1.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>0 to 1: only the smallest set of most likely tokens with at least this mass is drawn from. Default 1.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>The most tokens to generate; null means up to the context's end.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Texts that end the completion; they are not part of it. Compared as UTF-8 bytes.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Alternatives whose log-probabilities are kept for each token; null keeps no log-probabilities at all.</summary>
    public int? TopLogprobs { get; init; }
}

/// <summary>
/// A generated token. <see cref="Logprob"/> (nats) is that of the model itself, before temperature and top-p, over the
/// tokens it may emit; NaN when log-probabilities were not asked for. <see cref="Top"/> is ordered, most likely first.
/// </summary>
public readonly record struct GeneratedToken(int Id, float Logprob, IReadOnlyList<TokenCandidate> Top);

/// <summary>A token that could have come next, with its log-probability in nats.</summary>
public readonly record struct TokenCandidate(int Id, float Logprob);
