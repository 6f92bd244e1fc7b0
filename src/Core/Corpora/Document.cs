using System.Text.Json.Nodes;

namespace Tda.Core.Corpora;

/// <summary>A candidate training document.</summary>
/// <param name="Id">Content hash (<see cref="DocumentId.Of"/>), or the id that the imported file gave it.</param>
/// <param name="Source">Where it came from: the group that reports and reviewers speak of.</param>
/// <param name="Text">What a model would be trained on.</param>
public sealed record Document(string Id, string Source, string Text)
{
    public string? License { get; init; }

    public string? Owner { get; init; }

    /// <summary>Whatever else is known of it; kept. Tda reads a name from it (<see cref="DocumentName"/>), and what an export as chats needs.</summary>
    public JsonObject? Meta { get; init; }
}

/// <summary>Names a document by its content, so that the same text has the same id in every corpus.</summary>
public static class DocumentId
{
    /// <summary>The first 32 hexadecimal digits (128 bits) of the SHA-256 of the text's UTF-8 bytes.</summary>
    public static string Of(string text) => Hashing.Sha256(Encoding.UTF8.GetBytes(text))[..32];
}
