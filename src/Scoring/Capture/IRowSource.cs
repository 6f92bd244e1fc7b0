namespace Tda.Scoring.Capture;

/// <summary>Rows to capture, loaded when asked for. The rows of a document are consecutive.</summary>
public interface IRowSource
{
    /// <summary>Number of documents.</summary>
    int DocumentCount { get; }

    /// <summary>Number of rows of all documents.</summary>
    int RowCount { get; }

    /// <summary>The document that a row belongs to.</summary>
    int DocumentOf(int row);

    /// <summary>Positions of a row (its tokens less one), without loading it.</summary>
    int PositionsOf(int row);

    /// <summary>The name of a document in files and messages.</summary>
    string IdOf(int document);

    /// <summary>Loads a row.</summary>
    TokenRow Load(int row);
}
