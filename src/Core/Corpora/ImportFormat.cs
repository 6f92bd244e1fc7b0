namespace Tda.Core.Corpora;

/// <summary>What the files to import are.</summary>
public enum ImportFormat
{
    /// <summary>Told file by file: JSON Lines by name, mail by its first lines, pages by name, else text.</summary>
    Auto,

    /// <summary>One JSON object a line, plain or gzip: <c>text</c>, and optionally <c>id</c>, <c>source</c>, <c>license</c>, <c>owner</c>, <c>meta</c>.</summary>
    JsonLines,

    /// <summary>UTF-8 text, one document a file.</summary>
    Text,

    /// <summary>E-mail, one document a file.</summary>
    Mail,
}
