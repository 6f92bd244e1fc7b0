using System.Text;
using Tda.Core.Artifacts;

namespace Tda.Core.Corpora;

/// <summary>Names a document by its content, so that the same text has the same id in every corpus.</summary>
public static class DocumentId
{
    /// <summary>The first 32 hexadecimal digits (128 bits) of the SHA-256 of the text's UTF-8 bytes.</summary>
    public static string Of(string text) => Hashing.Sha256(Encoding.UTF8.GetBytes(text))[..32];
}
