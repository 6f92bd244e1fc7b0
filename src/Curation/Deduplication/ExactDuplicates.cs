using System.Runtime.InteropServices;
using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Deduplication;

/// <summary>
/// Leaves out documents whose text is another's, after normalising. Texts are the same when the first 128 bits of the SHA-256 of what is left
/// of them are: nobody can make a document that takes another's place without its words.
/// </summary>
/// <param name="normalise">What makes no difference.</param>
/// <param name="keep">Which document stays.</param>
internal sealed class ExactDuplicates(ExactForm normalise, KeepOptions keep) : ICurationStage
{
    /// <summary>How plans name it.</summary>
    public static StageKind Kind { get; } = new(
        "exact",
        "Leaves out documents of the same text as another.",
        $"normalise whitespace (or none, words), {KeepOptions.Help}",
        (options, _) => new ExactDuplicates(options.Choice("normalise", ExactForm.Whitespace), KeepOptions.Read(options)));

    public string Rule { get; } = $"exact: the same {normalise switch
    {
        ExactForm.None => "characters",
        ExactForm.Whitespace => "text but for white space",
        _ => "words",
    }}; {keep.InWords}";

    public IReadOnlyDictionary<string, string> Inputs { get; } = new Dictionary<string, string>();

    /// <summary>Threads of a pass.</summary>
    public DocumentPass Passes { get; init; } = DocumentPass.OnAllCores;

    public IEnumerable<Decision> Decide(StageDocuments documents, StageContext context)
    {
        // 1. What is left of each text, as a hash.
        var order = KeepOrder.Of(keep, documents.Count);
        var hashes = new UInt128[documents.Count];
        Passes.Run(documents, context, "exact: reading", () => new NormalText(normalise), (normal, index, document) =>
        {
            order.Note(index, document);
            hashes[index] = normal.Hash(document.Text);
        });

        // 2. Of equal ones the first in the order stays.
        var twins = new TwinList(documents.Count);
        var first = new Dictionary<UInt128, int>(documents.Count);
        foreach (var document in order.Sorted())
        {
            ref var stays = ref CollectionsMarshal.GetValueRefOrAddDefault(first, hashes[document], out var exists);
            if (exists)
            {
                twins.Drop(document, stays, similarity: 1);
            }
            else
            {
                stays = document;
            }
        }

        // 3. The decisions.
        var template = new Decision("", CurationAction.Drop, Rule) { Reason = "exact", Threshold = 1 };
        return twins.Decisions(order.Ids, template, documents, context, (decision, document, _) =>
            decision with { Evidence = Shingles.Passage(document.Text.TrimStart(), 0, document.Text.TrimStart().Length) });
    }
}

/// <summary>What makes no difference between two texts.</summary>
internal enum ExactForm
{
    /// <summary>Everything does.</summary>
    None,

    /// <summary>How much white space, and of which kind; none at the ends.</summary>
    Whitespace,

    /// <summary>Everything but the words (<see cref="HashedWords"/>); a text without words is compared as with <see cref="Whitespace"/>.</summary>
    Words,
}

/// <summary>The hash of what normalising leaves of a text; one thread's.</summary>
/// <param name="form">What makes no difference.</param>
internal sealed class NormalText(ExactForm form)
{
    private readonly StringBuilder _text = new();
    private readonly HashedWords _words = new();

    /// <summary>128 bits of SHA-256 over UTF-8.</summary>
    public UInt128 Hash(string text)
    {
        Span<byte> digest = stackalloc byte[32];
        Hashing.Sha256(Encoding.UTF8.GetBytes(Normalise(text)), digest);
        return MemoryMarshal.Read<UInt128>(digest);
    }

    /// <summary>The text that is compared.</summary>
    public string Normalise(string text)
    {
        if (form == ExactForm.None)
        {
            return text;
        }

        _text.Clear();
        if (form == ExactForm.Words)
        {
            _words.Read(text);
            _words.AppendWords(text, _text);
        }

        foreach (var word in _text.Length > 0 ? [] : text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            _text.Append(word).Append(' ');
        }

        return _text.ToString();
    }
}
