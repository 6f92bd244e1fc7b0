using Tda.Bench.Running;
using Tda.Evaluation.Banks;
using Tda.Evaluation.Lds;
using Tda.Scoring.Methods.Lexical;

namespace Tda.Bench.Banks;

/// <summary>The committed results of the verb `recipe` on one bank.</summary>
/// <param name="Machine">Where it was measured.</param>
/// <param name="Bank">Its name.</param>
/// <param name="Subsets">Halves of the documents.</param>
/// <param name="Retrainings">Models a half.</param>
/// <param name="Ceiling">Of the bank's noise.</param>
/// <param name="Floor">N-grams of the closed model's tokens, and how far its retrainings are below them.</param>
/// <param name="Vocabularies">What was tried where the tokenizer is unknown, the most probable first.</param>
/// <param name="Lines">The table.</param>
/// <param name="Intervals">Whether intervals hold; empty where nothing was measured.</param>
internal sealed record RecipeReport(
    Machine Machine, string Bank, int Subsets, int Retrainings, NoiseCeiling? Ceiling, NgramFloor Floor, List<TokenizerEvidence> Vocabularies, List<RecipeLine> Lines,
    List<HeldInterval> Intervals)
{
    public DateTimeOffset Time { get; init; } = TimeProvider.System.GetUtcNow();

    /// <summary>
    /// Spearman over the graded halves between the losses of one surrogate's own retrainings, one a half, and the closed model's; mean over queries. Null where none
    /// was retrained.
    /// </summary>
    public double? OwnRetrainings { get; init; }

    public void Write(string directory) =>
        ResultFile.Write(directory, $"bank-{Bank}-recipe", this with { Machine = Machine with { LoadAfter = Machine.Load() } });
}

/// <summary>A line of the table.</summary>
/// <param name="Tokens">Whose tokens: the closed model's, or those that its answers were found to be likeliest in.</param>
/// <param name="Method">What scored.</param>
/// <param name="Members">Models that were averaged.</param>
/// <param name="Single">Mean LDS of each alone.</param>
/// <param name="Whole">LDS of their mean.</param>
/// <param name="OverWeights">That less EK-FAC over all layers with the closed model's own weights, paired.</param>
/// <param name="OverNgrams">That less the n-grams of the same tokens, paired.</param>
/// <param name="TrainingSeconds">Processor time of training what scores, retrainings included.</param>
/// <param name="ScoringSeconds">Processor time of fitting and scoring.</param>
internal sealed record RecipeLine(
    string Tokens, string Method, int Members, double Single, Interval Whole, Interval OverWeights, Interval OverNgrams, double TrainingSeconds, double ScoringSeconds)
{
    /// <summary>LDS an hour of processor time.</summary>
    public double LdsAnHour => Whole.Value / (TrainingSeconds + ScoringSeconds) * 3600;
}

/// <summary>How many of the intervals that a posterior gives hold what was measured afterwards.</summary>
/// <param name="Tokens">As in the table.</param>
/// <param name="Retrainings">Fitted on.</param>
/// <param name="Level">Of the intervals.</param>
/// <param name="Held">Share of the held-out losses within them, over subsets and queries.</param>
/// <param name="Losses">How many there are.</param>
internal sealed record HeldInterval(string Tokens, int Retrainings, double Level, double Held, int Losses);
