namespace Tda.Scoring.Methods.Lexical;

/// <summary>Documents indexed by their words. Scores have no sign and no unit: 0 is "no word in common".</summary>
public interface ITextIndex
{
    /// <summary>Documents indexed.</summary>
    int Count { get; }

    /// <summary>False for a document without any word: it can't match anything, and is set apart rather than scored 0.</summary>
    bool HasTerms(int document);

    /// <summary>Scores of every document for a query text, in the order in which they were indexed.</summary>
    float[] Score(string query);
}
