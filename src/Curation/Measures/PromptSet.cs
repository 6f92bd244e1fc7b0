namespace Tda.Curation.Measures;

/// <summary>
/// What a model is measured on: JSON Lines with <c>prompt</c>, <c>text</c> or both, and an optional <c>id</c> (default: a hash of the
/// two). A prompt is asked; a text is only looked at, for its perplexity. Other fields are passed over, so a file of queries serves too.
/// </summary>
/// <param name="Path">The file.</param>
/// <param name="Lines">In the file's order; ids are unique.</param>
public sealed record PromptSet(string Path, IReadOnlyList<PromptLine> Lines)
{
    private const int IdLength = 16;

    /// <summary>Lines with a prompt.</summary>
    public IEnumerable<PromptLine> Asked => Lines.Where(line => line.Prompt is not null);

    /// <summary>Lines with a text.</summary>
    public IEnumerable<PromptLine> Texts => Lines.Where(line => line.Text is not null);

    /// <summary>Writes a set, or leaves what was at <paramref name="path"/> untouched.</summary>
    public static void Write(string path, IEnumerable<PromptLine> lines) => JsonLines.Write(path, lines);

    /// <summary>Reads a set.</summary>
    /// <param name="path">The file; gzip is understood.</param>
    /// <param name="textsAlone">Whether a line may have a text and no prompt.</param>
    /// <exception cref="BadInputException">A line has neither, an id or a line comes twice, the file is empty; says which.</exception>
    public static PromptSet Read(string path, bool textsAlone = false)
    {
        var lines = new List<PromptLine>();
        var seen = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (value, number, offset) in JsonLines.ReadLines<JsonElement>(path))
        {
            if (value.ValueKind != JsonValueKind.Object)
            {
                throw new BadInputException(path, "is no JSON object", offset, "Write lines such as {\"id\":\"p1\",\"prompt\":\"…\"}.", line: number);
            }

            var (prompt, text) = (Member(value, "prompt"), Member(value, "text"));
            if (prompt is null && (text is null || !textsAlone))
            {
                var fields = string.Join(", ", value.EnumerateObject().Select(member => member.Name));
                throw new BadInputException(
                    path, $"has no prompt{(textsAlone ? " and no text" : "")}; its fields are: {fields}", offset, "Name the field \"prompt\".",
                    line: number);
            }

            var id = Member(value, "id") ?? Hashing.Sha256(Encoding.UTF8.GetBytes($"{prompt}\0{text}"))[..IdLength];
            if (!seen.TryAdd(id, number))
            {
                throw new BadInputException(path, $"has the id '{id}' of line {seen[id]}", offset, "Give each line an id of its own.", line: number);
            }

            lines.Add(new PromptLine(id, prompt, text));
        }

        return lines.Count > 0 ? new PromptSet(path, lines) : throw new BadInputException(path, "holds no prompt");

        string? Member(JsonElement line, string name) =>
            line.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String && member.GetString() is { Length: > 0 } given ? given : null;
    }
}

/// <summary>A line of a <see cref="PromptSet"/>.</summary>
/// <param name="Id">Unique in the file.</param>
/// <param name="Prompt">What a model is asked.</param>
/// <param name="Text">Text whose perplexity is measured.</param>
public sealed record PromptLine(string Id, string? Prompt, string? Text);
