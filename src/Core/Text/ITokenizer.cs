namespace Tda.Core.Text;

/// <summary>
/// Turns text into token ids and back. Every artifact made of tokens names its tokenizer by <see cref="Hash"/>, and
/// readers refuse another one.
/// </summary>
public interface ITokenizer
{
    /// <summary>Identifies vocabulary and rules: two tokenizers with one hash encode every text alike. Letters and digits only.</summary>
    string Hash { get; }

    /// <summary>Ids run from 0 to this, exclusive, special tokens included.</summary>
    int VocabularySize { get; }

    int BosId { get; }

    int EosId { get; }

    int PadId { get; }

    /// <summary>The tokens of <paramref name="text"/>, without BOS and EOS.</summary>
    int[] Encode(string text);

    /// <summary>
    /// The tokens with the characters of <paramref name="text"/> they stand for: UTF-16 offsets, end exclusive. A token
    /// that holds part of a character's bytes spans the whole character, so spans of neighbours may overlap.
    /// </summary>
    TokenSpan[] EncodeWithSpans(string text);

    /// <summary>The tokens of a prompt: of a chat as the model itself writes chats, where that is known; else those of its text.</summary>
    int[] EncodePrompt(string prompt, IReadOnlyList<ChatMessage>? messages) => Encode(prompt);

    /// <summary>The text of <paramref name="ids"/>; special tokens give nothing, incomplete UTF-8 gives U+FFFD.</summary>
    string Decode(ReadOnlySpan<int> ids);

    /// <summary>The exact bytes of <paramref name="ids"/>; special tokens give nothing.</summary>
    byte[] DecodeBytes(ReadOnlySpan<int> ids);
}

/// <summary>A token and the characters it stands for.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Start">First UTF-16 character, in the encoded text.</param>
/// <param name="End">One past the last UTF-16 character.</param>
public readonly record struct TokenSpan(int Id, int Start, int End);
