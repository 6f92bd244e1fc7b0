using Tda.Core.Text;
using Tda.Lab.Decoding;

namespace Tda.Lab.Generation;

/// <summary>An autoregressive language model as the generation code sees it: a tokenizer, a context and batched decoding.</summary>
public interface ITextModel : IDisposable
{
    /// <summary>The tokenizer that the model was trained with.</summary>
    ITokenizer Tokenizer { get; }

    /// <summary>The most tokens that a sequence (BOS, prompt and completion) can have.</summary>
    int ContextLength { get; }

    /// <summary>The width of a row of logits; at least the tokenizer's vocabulary (a padded embedding has more).</summary>
    int VocabularySize { get; }

    /// <summary>Changes when the weights or the tokenizer do: with the same one, a seed gives the same completion again.</summary>
    string Fingerprint { get; }

    /// <summary>Opens a batch of up to <paramref name="maxRows"/> sequences with their key and value cache.</summary>
    IDecodingSession Open(int maxRows);
}
