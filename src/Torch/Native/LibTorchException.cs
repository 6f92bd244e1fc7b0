using Tda.Core.Errors;

namespace Tda.Torch;

/// <summary>LibTorch or its bridge could not be found, compiled or loaded. The message names the remedy.</summary>
public sealed class LibTorchException(string message, Exception? inner = null) : TdaException(message, inner);
