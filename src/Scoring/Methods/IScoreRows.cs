namespace Tda.Scoring.Methods;

/// <summary>Scores of documents for targets, read target by target, wherever they are kept.</summary>
public interface IScoreRows
{
    /// <summary>Number of targets.</summary>
    int Targets { get; }

    /// <summary>Number of documents.</summary>
    int Documents { get; }

    /// <summary>The scores of all documents for one target, NaN for those set apart; valid until the next call.</summary>
    ReadOnlySpan<float> Row(int target);

    /// <summary>Marks a document as set apart.</summary>
    void Exclude(int document);
}
