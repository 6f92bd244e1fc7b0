using System.Text.Json.Nodes;

namespace Tda.Core.Corpora;

/// <summary>
/// The name by which people know a document. Ids are hashes of texts mostly, which nobody recognises; what an import kept of a file's name,
/// a title or a subject is shown in their place.
/// </summary>
public static class DocumentName
{
    private const int HashLength = 32;
    private const int ShownOfHash = 12;
    private const string MailSubject = "Subject: ";

    // The most precise first: a file is one document's, a title may be many's.
    private static readonly string[] Members = ["file", "path", "filename", "file_name", "title", "name", "subject", "url"];

    /// <summary>The first of these that there is: file, title, subject or address in <see cref="Document.Meta"/>; a mail's subject line; else null.</summary>
    public static string? Of(Document document) =>
        Members.Select(member => Text(document.Meta, member)).FirstOrDefault(name => name is not null) ?? Subject(document.Text);

    /// <summary>The names of those of these documents that have one. Reads the corpus up to the last of them.</summary>
    /// <exception cref="BadInputException">The corpus is corrupt.</exception>
    public static Dictionary<string, string> Of(Corpus corpus, IReadOnlySet<string> ids)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var document in corpus.Documents().Where(document => ids.Contains(document.Id)).Take(ids.Count))
        {
            if (Of(document) is { } name)
            {
                names[document.Id] = name;
            }
        }

        return names;
    }

    /// <summary>What stands for a document in a table: its name, else its id, of which the beginning is enough where it is a hash.</summary>
    public static string Shown(string? name, string id) =>
        name ?? (id.Length == HashLength && id.All(char.IsAsciiHexDigitLower) ? id[..ShownOfHash] : id);

    /// <summary>Whether the name tells the source too: of files in folders it is the folder.</summary>
    public static bool TellsSource(string? name, string source) => name?.StartsWith(source + "/", StringComparison.Ordinal) == true;

    private static string? Text(JsonObject? meta, string member) =>
        meta?[member] is JsonValue value && value.TryGetValue(out string? text) && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

    private static string? Subject(string text)
    {
        if (!text.StartsWith(MailSubject, StringComparison.Ordinal))
        {
            return null;
        }

        var subject = text.AsSpan(MailSubject.Length);
        var end = subject.IndexOf('\n');
        var line = (end < 0 ? subject : subject[..end]).Trim();
        return line.Length > 0 ? line.ToString() : null;
    }
}
