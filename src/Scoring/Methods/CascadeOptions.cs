namespace Tda.Scoring.Methods;

/// <summary>A cascade: cheap scores of all documents, better ones of those that are left, the best of few.</summary>
public sealed record CascadeOptions
{
    /// <summary>Documents that the words' overlap (BM25) passes on, a target; at least 1. Default 5000.</summary>
    public int LexicalKeep { get; init; } = 5_000;

    /// <summary>Documents that the index passes on, a target; at least 1. Default 200.</summary>
    public int IndexKeep { get; init; } = 200;

    /// <summary>The last stage: a method that computes gradients anew, such as ekfac or astra. Default ekfac.</summary>
    public string Final { get; init; } = "ekfac";

    /// <summary>Name of an EK-FAC index of the same surrogate, whose factors the last stage uses; null (default): fitted anew.</summary>
    public string? Factors { get; init; }

    /// <summary>Documents of which the recall is asked: the next stage's best so many, at least 1. Default 20.</summary>
    public int RecallTop { get; init; } = 20;

    /// <summary>Documents that did not survive, drawn at random, that the next stage scores too for estimating the recall; at least 0. Default 200.</summary>
    public int Sample { get; init; } = 200;

    internal IEnumerable<string> Errors()
    {
        if (LexicalKeep < 1)
        {
            yield return $"documents kept by words are {LexicalKeep}; they must be at least 1";
        }

        if (IndexKeep < 1)
        {
            yield return $"documents kept by the index are {IndexKeep}; they must be at least 1";
        }

        if (RecallTop < 1)
        {
            yield return $"documents of the recall are {RecallTop}; they must be at least 1";
        }

        if (Sample < 0)
        {
            yield return $"the recall's sample is {Sample}; it must be at least 0";
        }
    }
}
