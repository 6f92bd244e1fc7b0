using Tda.ProxyTrainer.ChatTemplates;
using Tda.ProxyTrainer.Tokenization.SentencePiece;

namespace Tda.ProxyTrainer.Tokenization;

/// <summary>
/// A tokenizer that stands in a model's folder: byte-level BPE (<see cref="ByteLevelBpe"/>) or SentencePiece's with byte fallback
/// (<see cref="SentencePieceBpe"/>). Text never produces special tokens, even when it spells one: what users write can't end a document.
/// Special tokens come from a model's chat template alone. Safe for use by several threads.
/// </summary>
public abstract class ModelTokenizer : ITokenizer
{
    private readonly Lazy<Dictionary<string, int>> _special;

    private protected ModelTokenizer(BpeVocabulary vocabulary)
    {
        Vocabulary = vocabulary;
        _special = new(() => Enumerable.Range(0, vocabulary.Count).Where(vocabulary.IsSpecial).ToDictionary(vocabulary.Token, id => id, StringComparer.Ordinal));
    }

    public abstract string Hash { get; }

    public int VocabularySize => Vocabulary.Count;

    public int BosId => Vocabulary.BosId;

    public int EosId => Vocabulary.EosId;

    public int PadId => Vocabulary.PadId;

    /// <summary>The model's own way to write chats, found beside the tokenizer; null where it has none.</summary>
    public ChatTemplate? Template { get; private set; }

    private protected BpeVocabulary Vocabulary { get; }

    /// <summary>
    /// Reads a Hugging Face <c>tokenizer.json</c>, or the <c>tokenizer.model</c> of SentencePiece. tokenizer_config.json and
    /// chat_template.jinja beside it say which its special tokens are, and how chats are written.
    /// </summary>
    /// <exception cref="BadInputException">The file is unreadable, or has a part that can't be read exactly: says which.</exception>
    public static ModelTokenizer Load(string path)
    {
        var tokenizer = Path.GetExtension(path) == SentencePieceModel.Extension ? SentencePieceModel.Read(path) : TokenizerFile.Read(path);
        tokenizer.Template = ChatTemplate.Beside(path);
        return tokenizer;
    }

    /// <summary>Writes a Hugging Face <c>tokenizer.json</c>.</summary>
    public abstract void Save(string path);

    /// <summary>The token as <c>tokenizer.json</c> writes it, for people to read.</summary>
    public string Token(int id) => Vocabulary.Token(id);

    public abstract int[] Encode(string text);

    public abstract TokenSpan[] EncodeWithSpans(string text);

    /// <summary>
    /// The tokens of a prompt: a chat's as the model's template writes it, with the special tokens that the template spells; else the text's.
    /// A BOS that the template begins with is left out, since every row begins with one.
    /// </summary>
    /// <exception cref="BadInputException">The template can't be run.</exception>
    /// <exception cref="ChatRefusedException">The template has no prompt for this chat.</exception>
    public int[] EncodePrompt(string prompt, IReadOnlyList<ChatMessage>? messages)
    {
        if (Template is not { } template || messages is null or [])
        {
            return Encode(prompt);
        }

        var special = _special.Value;
        var found = new PromptTokens(special.Keys, [template.Source, .. messages.SelectMany(Texts)]);
        var ids = new List<int>();
        foreach (var part in found.Parts(template.Render(messages, SpecialNames, found.Guard)))
        {
            if (part.IsSpecial && Vocabulary.Stripping.Contains(part.Text))
            {
                throw new ChatRefusedException($"The special token \"{part.Text}\" takes white space beside it along (lstrip, rstrip), which is not supported in chats.");
            }

            ids.AddRange(part.IsSpecial ? [special[part.Text]] : EncodePart(part.Text, part.IsFirst));
        }

        return ids is [var first, ..] && first == BosId ? [.. ids.Skip(1)] : [.. ids];
    }

    /// <summary>Why the model's template has no prompt for a chat, such as roles that don't take turns; null where it has one, or there is no template.</summary>
    /// <exception cref="BadInputException">The template can't be run at all.</exception>
    public string? Refusal(IReadOnlyList<ChatMessage>? messages)
    {
        try
        {
            _ = messages is null or [] ? null : Template?.Render(messages, SpecialNames, text => text);
            return null;
        }
        catch (ChatRefusedException error)
        {
            return error.Message;
        }
    }

    /// <summary>The tokens of a text's part between special tokens.</summary>
    /// <param name="text">The part.</param>
    /// <param name="atFirst">Whether no special token stands before it.</param>
    private protected virtual int[] EncodePart(string text, bool atFirst) => Encode(text);

    public abstract string Decode(ReadOnlySpan<int> ids);

    public byte[] DecodeBytes(ReadOnlySpan<int> ids)
    {
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            bytes.AddRange(Vocabulary.Bytes(id));
        }

        return [.. bytes];
    }

    private Dictionary<string, string> SpecialNames => new()
    {
        ["bos_token"] = Token(BosId),
        ["eos_token"] = Token(EosId),
        ["pad_token"] = Token(PadId),
    };

    private static IEnumerable<string> Texts(ChatMessage message) =>
        [message.Role, message.Content, message.Name ?? "", message.ToolCallId ?? "", message.ToolCalls ?? ""];
}
